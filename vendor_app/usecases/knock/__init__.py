"""Looking things up in Knock, and cancelling appointments there."""
