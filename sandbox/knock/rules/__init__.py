"""Knock's own rules: which times are open, who is the same prospect, what may be booked."""
