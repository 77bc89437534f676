"""Messages to partners: what waits for what, how many at once, when again."""
