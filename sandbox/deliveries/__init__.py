"""How what the partners tell reaches the vendor, and what can happen to it on the way."""
