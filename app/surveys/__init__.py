"""Questionnaires (documents and their versions) and the waves in which they are asked."""
