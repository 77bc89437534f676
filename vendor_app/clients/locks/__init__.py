"""Lock systems: one interface, and an adapter for each make."""
