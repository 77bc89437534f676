"""Propexo as its documents describe it: it takes an order for Knock, and says later what became of it."""
