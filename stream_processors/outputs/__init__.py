"""What the judge says, as events with boxes and exact bytes, and how it reaches Kafka."""
