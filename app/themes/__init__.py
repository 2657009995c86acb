"""Themes of what people wrote: a codebook, coding by two readers, numbers, and other sources beside them."""
