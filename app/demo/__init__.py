"""Synthetic demonstration data, loaded through the real services."""
