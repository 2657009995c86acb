"""Cards and their codes: batches, printing, lost cards, paper questionnaires, assisted entry."""
