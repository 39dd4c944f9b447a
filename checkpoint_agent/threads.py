"""How the station's threads share the interpreter."""

import sys

TURN_S = 0.001


def take_short_turns() -> None:
    """Called once. What wakes up waits a millisecond for its turn, and not five: an answer of the disk or the
    broker is a moment's work, and on a verdict's way are a dozen.
    """
    sys.setswitchinterval(TURN_S)
