"""What operators ask for, and how they are told that something is wrong."""
