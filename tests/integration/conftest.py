"""What holds for all tests with real parts but those of a whole system."""

from tests.cheap_passwords import cheap_passwords

__all__ = ["cheap_passwords"]
