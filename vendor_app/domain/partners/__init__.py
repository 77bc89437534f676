"""The partners, as far as our own rules know them."""
