"""Counting, pooling, protecting and comparing answers: the rules of a release."""
