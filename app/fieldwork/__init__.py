"""What staff do with a wave: target population, checklist, offers, turnout, opening and closing."""
