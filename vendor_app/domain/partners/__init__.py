"""The partners' names and addresses, and what lock systems can do."""
