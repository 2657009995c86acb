"""You said, we did: what was decided about what people said, and whether it can be seen in the next round."""
