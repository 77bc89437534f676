"""A tour's states, its timeline, its access, and what is asked of operators about it."""
