"""Evidence for each outcome of the logic model: survey figures, ratings, rival explanations, outside figures."""
