"""What a crossing means with everything known. Pure: opens nothing, reads no clock, knows no SQL."""
