"""What happens at the tour's time, how it ends, and the visit that Knock is told of."""
