"""Tables and constraints of both databases; no queries."""
