"""Temporary installations and servers, synthetic people, and the naive twin."""
