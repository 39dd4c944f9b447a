"""People who log in, machines that hold keys, and what each may do."""
