"""A line to whoever waits, on standard error: the output is the table's."""

import sys


def tell(text: str) -> None:
    print(f"• {text}", file=sys.stderr, flush=True)
