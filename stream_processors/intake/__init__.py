"""What of a record can be believed, and what it says. Decides from values; the shell stores and buries."""
