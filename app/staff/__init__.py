"""Access to the staff pages: accounts, sessions, second factor, approval by a second person, the audit log page."""
