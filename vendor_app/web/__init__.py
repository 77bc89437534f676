"""One blueprint a visitor. An endpoint authenticates, loads its schema, calls one use case, responds."""
