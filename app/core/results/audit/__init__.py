"""The audit of a release: whether its numbers, taken together, force what a few people answered. Why: docs/adr/0045."""
