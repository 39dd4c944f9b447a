"""What a user sees of the whole system. A package, so that the province ends with its last test."""
