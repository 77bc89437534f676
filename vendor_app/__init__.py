"""The backend of a self-guided-tour vendor beside Knock CRM."""
