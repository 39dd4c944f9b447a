"""How much of each carrier's and issuer's green lane was misused, for the command."""
