"""What prospects are written to."""
