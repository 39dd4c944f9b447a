"""What stops a start for a reason that a person can remove."""


class CannotStart(Exception):
    """One sentence for whoever started us: what is in the way, and what to do about it."""
