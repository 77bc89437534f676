"""What prospects see."""
