"""The web server in front of the application: it bounds what anybody can ask of it."""
