"""Surveys: questionnaires with their versions, and waves."""
