"""What can be seen of the services from outside: health and metrics. Names nobody."""
