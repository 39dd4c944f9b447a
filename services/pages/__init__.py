"""What people see: templates, words in two languages, styles and scripts. Decides nothing."""
