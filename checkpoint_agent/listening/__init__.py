"""What the centre says to this station: verdicts, requests, and signed lists, kept for when the cable is out."""
