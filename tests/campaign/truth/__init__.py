"""What is true in the end: what the product says, what the partners hold, and where they differ."""
