"""The respondent's journey: code entry, pages, submission, saved drafts, deletion of answers."""
