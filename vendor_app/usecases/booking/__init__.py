"""From the arrival to the appointment: times, booking, moving, and Knock's notices."""
