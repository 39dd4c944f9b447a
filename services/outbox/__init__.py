"""Events on their way to Kafka: written with the change itself, sent afterwards, at least once."""
