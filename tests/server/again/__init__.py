"""Tests of the web once more, through the server that the product is served by."""
