"""Knock, as its Appointment Scheduling and Prospect documents have it."""
