"""Propexo, in front of some communities' Knock."""
