"""Home pages: the public home page, "Your tasks" for staff, and who can see what."""
