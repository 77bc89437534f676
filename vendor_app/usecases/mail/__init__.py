"""Mail to prospects: one-time codes, and cancellations."""
