"""Database histories of both rooms."""
