"""Who did what, in one hash chain."""
