"""What the random inspections brought in, per post and shift, for the command."""
