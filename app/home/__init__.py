"""The first page of each side: the public home, "Your tasks", and who can see what."""
