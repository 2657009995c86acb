"""Cards and their codes: batches, printing, lost cards, paper forms, assisted entry."""
