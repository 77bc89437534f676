"""A lock system that issues keypad codes for access grants and tells of every door."""
