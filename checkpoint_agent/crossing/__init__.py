"""The crossing being built: a pure state machine, its people, its advice, and the events that it becomes."""
