"""What both processes share to keep things: databases, key files, requests between them, the audit log, the clock."""
