"""Seam: access grants over doors of many makers, and events about all of them."""
