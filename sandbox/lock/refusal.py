"""How the lock system says no."""


class Refusal(Exception):
    """Becomes `{"error": …}`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message
