"""What operators look at and do, and how they learn that something is wrong."""
