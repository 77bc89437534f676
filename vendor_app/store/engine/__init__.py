"""The two database engines behind one interface, with migrations, copying and backups."""
