"""The state of the keys, their destruction when a survey is over, and the separation of the two processes."""
