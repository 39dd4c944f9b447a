"""What can be seen of a worker from outside: metrics, health, and whether it gets on. Changes no outcome."""
