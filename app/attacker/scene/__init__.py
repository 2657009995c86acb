"""Throw-away installations and servers, the people in them, and the naive twin."""
