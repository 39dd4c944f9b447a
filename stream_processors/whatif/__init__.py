"""What-if: stored crossings judged again under a draft. Reads, compares and counts; changes and opens nothing."""
