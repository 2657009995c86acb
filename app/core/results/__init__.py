"""The rules of a release: counting, pooling, disclosure control and comparison of answers."""
