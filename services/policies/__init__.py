"""What a bundle must pass before it is published, who has which, and the command's page. Judges no crossing."""
