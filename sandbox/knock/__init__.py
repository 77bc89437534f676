"""Knock CRM as its documents describe it, and stricter than it need be where they are silent."""
