"""The attacker that comes with the portal: attacks a throw-away installation and a naive twin of it."""
