"""The ways of attack, one subject a module."""
