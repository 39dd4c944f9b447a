"""What was found out about the system itself: draws that differ, chains that do not agree, timers put aside."""
