"""Access grants and revocations, lock systems' events, readiness before the tour, and verified contacts."""
