"""Running a wave: target population, checklist, offer log, turnout, opening and closing."""
