"""The only language the programs share. Nothing here opens a file, a socket or a database, or reads a clock."""
