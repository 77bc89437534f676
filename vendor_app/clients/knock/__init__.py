"""Knock's API, as in its Appointment Scheduling and Prospect documents."""
