"""A prospect's browser or app: asks, and asks again when the answer is lost, as people do."""

import random
import threading
import time
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests

from sandbox import utcnow
from tests.campaign.actors.pages import filled_in, hidden_fields
from tests.campaign.ledger import Acknowledged, Ledger
from tests.campaign.system import System

_ANSWER_WITHIN = 8.0
_GIVES_UP_AFTER = 45.0


class Client:
    """One person with their own connection. Answers that were given are in the ledger."""

    def __init__(self, system: System, ledger: Ledger, dice: random.Random, over: threading.Event) -> None:
        self.ledger, self.dice = ledger, dice
        self._system, self._over = system, over
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self) -> None:
        """Leave."""
        self._session.close()

    def wait(self, seconds: float) -> bool:
        """Do nothing for so long; False once the campaign is over."""
        return not self._over.wait(seconds)

    def arrive(self, community_id: str, source_title: str | None) -> str | None:
        """Follow Doorway's link; the arrival's id."""
        query = "" if source_title is None else f"?utm_knock_source_title={quote(source_title, safe='')}"
        answer = self._ask("GET", f"/doorway/{community_id}{query}", "GET /doorway")
        if answer is None or answer.status_code != 302:
            return None
        return answer.headers["Location"].rpartition("/")[2]

    def times(self, community_id: str) -> list[datetime]:
        """What is open now."""
        answer = self._ask("GET", f"/api/v1/communities/{community_id}/times", "GET times")
        if answer is None or answer.status_code != 200:
            return []
        return [datetime.fromisoformat(one["startTime"]) for one in answer.json()["times"]]

    def book(self, key: str, body: dict[str, Any], title: str | None) -> tuple[int, dict[str, Any]]:
        """Book, repeating the same request until there is an answer; status 0 when none came."""
        answer = self._ask("POST", "/api/v1/tours", "POST /tours", json=body, headers={"Idempotency-Key": key})
        if answer is None:
            return 0, {}
        told = answer.json()
        if answer.status_code in (201, 202):
            self._acknowledged(told, key, body, title)
        return answer.status_code, told

    def book_on_page(self, arrival_id: str, body: dict[str, Any], title: str | None) -> tuple[int, dict[str, Any]]:
        """The same with the booking page's form. What is booked is told as 202: the page shows later whether it is confirmed."""
        page = self._ask("GET", f"/book/{arrival_id}", "GET /book")
        if page is None or page.status_code != 200:
            return (page.status_code if page is not None else 0), {}
        form = filled_in(page.text, body)
        answer = self._ask("POST", f"/book/{arrival_id}", "POST /book", data=form)
        if answer is None or answer.status_code != 303:
            return (answer.status_code if answer is not None else 0), {}
        token = answer.headers["Location"].rpartition("/")[2]
        tour_id = self._system.tour_id_of(token)
        if tour_id is None:
            self.ledger.found("tours", f"arrival {arrival_id}", "was acknowledged on the page and is not stored")
            return 0, {}
        told = {"tourId": tour_id, "tourToken": token, "unitNames": body["unitNames"]}
        self._acknowledged(told, form["idempotencyKey"], body, title)
        return 202, told

    def _acknowledged(self, told: dict[str, Any], key: str, body: dict[str, Any], title: str | None) -> None:
        self.ledger.acknowledged(
            Acknowledged(
                tour_id=told["tourId"],
                token=told["tourToken"],
                key=key,
                community_id=body["communityId"],
                source_title=title,
                start=datetime.fromisoformat(body["startTime"]),
                units=body["unitNames"],
                profile=body["profile"],
                at=utcnow(),
            )
        )

    def look(self, tour: dict[str, Any]) -> dict[str, Any] | None:
        """The tour as it is, or None."""
        answer = self._ask("GET", f"/api/v1/tours/{tour['tourId']}", "GET /tours", headers=_holds(tour))
        return answer.json() if answer is not None and answer.status_code == 200 else None

    def act(self, tour: dict[str, Any], verb: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """cancel, check-in, finish or reschedule; what was answered with 200 is acknowledged."""
        path = f"/api/v1/tours/{tour['tourId']}/{verb}"
        answer = self._ask("POST", path, f"POST {verb}", json=body, headers=_holds(tour))
        if answer is None:
            return 0, {}
        if answer.status_code == 200:
            start = datetime.fromisoformat(body["startTime"]) if body else None
            self.ledger.done(tour["tourId"], verb, start)
        return answer.status_code, answer.json()

    def act_on_page(self, tour: dict[str, Any], verb: str, body: dict[str, Any] | None = None) -> int:
        """The same with the tour's page: 303 when it is done (a move may still be asked for), 0 when no answer came."""
        address = f"/tour/{tour['tourToken']}"
        page = self._ask("GET", address, "GET /tour")
        if page is None or page.status_code != 200:
            return page.status_code if page is not None else 0
        form = {"csrf_token": hidden_fields(page.text).get("csrf_token", ""), **(body or {})}
        answer = self._ask("POST", f"{address}/{verb}", f"POST /tour {verb}", data=form)
        if answer is None:
            return 0
        if answer.status_code == 303 and verb != "reschedule":
            self.ledger.done(tour["tourId"], verb)
        return answer.status_code

    def _ask(self, method: str, path: str, name: str, **options: Any) -> requests.Response | None:
        """The answer; None when none came for long. Now and then they do not wait for it, and ask again."""
        ends = time.monotonic() + _GIVES_UP_AFTER
        while time.monotonic() < ends:
            patience = 0.3 if self.dice.random() < 0.05 else _ANSWER_WITHIN
            try:
                answer = self._session.request(
                    method, f"{self._system.url}{path}", timeout=patience, allow_redirects=False, **options
                )
            except requests.RequestException:
                time.sleep(self.dice.uniform(0.1, 0.6))
                continue
            self.ledger.heard(name, answer.status_code, _problem(answer))
            if answer.status_code != 503:
                return answer
            time.sleep(self.dice.uniform(0.3, 1.5))
        return None


def _holds(tour: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tour['tourToken']}"}


def _problem(answer: requests.Response) -> str:
    if answer.headers.get("Content-Type", "").startswith("application/problem+json"):
        return str(answer.json()["type"])
    return "page" if answer.headers.get("Content-Type", "").startswith("text/html") else ""
