"""The station's page, on loopback: what the officer sees, and the keys that they press."""
