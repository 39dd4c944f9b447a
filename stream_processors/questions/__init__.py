"""Long questions, taken one after the other and answered in a child process: no key, no event loop of a worker."""
