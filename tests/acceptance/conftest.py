"""The real PostgreSQL and Kafka for the tests of this folder."""

from tests.real_parts import background, database, database_url, kafka, kafka_bootstrap, parts

__all__ = ["background", "database", "database_url", "kafka", "kafka_bootstrap", "parts"]
