"""From Kafka into our tables: each event once, what cannot be read buried, what is away waited for."""
