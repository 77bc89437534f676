"""Which communities we serve, by which rules, and when Knock offers tours there."""
