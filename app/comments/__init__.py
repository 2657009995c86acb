"""People's own words, read by people: the reading desk, and comments that may tell of harm."""
