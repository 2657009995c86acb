"""The respondent's journey: code, pages, sending, saved drafts, taking answers back."""
