"""What partners tell us: verified, stored, answered."""
