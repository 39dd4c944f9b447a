"""The outbox's way to Kafka, the heartbeat, and what both tell about the clock."""
