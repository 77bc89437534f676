"""Between the network and the partners: every call is recorded here, and goes wrong when it is told to."""
