"""Who may enter the staff side: accounts, sessions, second factor, approval by a second person, the audit page."""
