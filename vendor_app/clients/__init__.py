"""The partners' clients, a folder or a file for each; every HTTP call goes through http.py."""
