"""Sets the system up, starts its parts and programs, and stops them. Nothing imports this package."""
