"""Issuing the province's own passes, printing them, and revoking them."""
