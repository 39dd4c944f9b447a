"""Alerts for the police: one an incident, with a life of its own."""
