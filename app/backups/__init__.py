"""Backups of databases and of keys, and how they are tried and restored."""
