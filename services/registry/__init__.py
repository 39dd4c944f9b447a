"""What the centre publishes, signed: entered by machines with a key, kept, and written to the outbox."""
