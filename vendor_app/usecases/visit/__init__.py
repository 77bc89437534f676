"""What the prospect does with their tour, how tours end, and the visit that is posted to Knock."""
