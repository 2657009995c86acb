"""The built-in attacker: attacks a temporary installation and a naive twin of it."""
