"""Seam: door codes and mobile keys by its API."""
