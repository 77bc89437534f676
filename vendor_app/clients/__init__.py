"""The partners: http.py is the one door out, one file a partner."""
