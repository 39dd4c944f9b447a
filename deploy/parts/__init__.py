"""The parts that run beside us: Java, Kafka, PostgreSQL and the libraries of our pages."""
