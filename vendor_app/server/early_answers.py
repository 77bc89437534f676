"""Answers that the server gives by itself, when a request cannot reach the application. They look like the application's own."""

from flask import Flask

from vendor_app.server.wsgi_call import Answer
from vendor_app.web.problems import BUSY, OUR_FAULT, Problem, answer, is_for_programs

TOO_SLOW = Problem("too-slow", "The request came too slowly", 408, "Please send it again.", headers={"Connection": "close"})

_A_PAGE, _A_PROGRAMS = "/", "/api/"


class EarlyAnswers:
    """Made once: under an attack they are given by the thousand."""

    def __init__(self, app: Flask) -> None:
        self._made = {
            (problem.type, is_for_programs(path)): _make(app, problem, path)
            for problem in (BUSY, TOO_SLOW, OUR_FAULT)
            for path in (_A_PAGE, _A_PROGRAMS)
        }

    def answer(self, problem: Problem, path: str) -> Answer:
        """One of the problems above, as whoever asks for this path can read it."""
        return self._made[problem.type, is_for_programs(path)]


def _make(app: Flask, problem: Problem, path: str) -> Answer:
    with app.test_request_context(path):
        response = app.process_response(answer(problem))
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    return Answer(response.status_code, headers, response.get_data(), more=False)
