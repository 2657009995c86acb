"""Frozen results as people read them: pages, wording and charts. Reads releases and nothing else."""
