"""The attacks, one subject per module."""
