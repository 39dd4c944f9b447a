"""Reading passes from the command line: inputs, lists and what is shown. Needs nothing running."""
