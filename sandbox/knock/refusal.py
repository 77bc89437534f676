"""How Knock says no."""


class Refusal(Exception):
    """Becomes `{"errorMessage": …}`, with an `errorCode` where the documents show one."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


def no_such_prospect(prospect_id: str) -> Refusal:
    """Get Prospect API, "Possible errors": the two texts are Knock's own."""
    if not (prospect_id.isascii() and prospect_id.isdigit()):
        return Refusal(400, f"Id {prospect_id} is not a valid prospect id. Id must be a number.")
    message = f"Unable to get prospect upstream - Prospect_id {prospect_id} does not exist."
    return Refusal(404, message, "CORE_API_GET_PROSPECT_FAIL")


def time_is_taken() -> Refusal:
    """The prospect must pick again (Scheduling API: "If Knock's API returns an error for that time")."""
    return Refusal(409, "The requested time is no longer available.")
