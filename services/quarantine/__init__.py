"""The quarantine queue: from a referral at the post to the release, and nobody lost on the way."""
