"""PostgreSQL as the services use it: schema, pool, the transaction of a request, being woken."""
