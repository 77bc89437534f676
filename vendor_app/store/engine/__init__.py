"""What is not a query: the two engines behind one interface, their migrations, copies and backups."""
