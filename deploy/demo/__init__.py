"""What the demonstration province enters: its posts, policy and lists. Data, and how it is sent; no rule."""
