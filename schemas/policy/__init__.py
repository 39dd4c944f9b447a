"""The rules in force from an instant, as data, and what they make of a crossing's codes. Pure."""
