"""The sheet-driven officer: what a person would type, from files, through the same lane and real parts."""
