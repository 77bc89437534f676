"""schemathesis sends the running product what the description allows, and what it does not: all its checks hold."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Response, request

from tests.openapi.description import Description
from tests.world import COMMUNITY, START, World, world

HERE = Path(__file__).parent
GATED, WITHOUT_LOCKS = "191b65d2686d11e9", "5e0f3c77a1d84b62"
OFFERED = [START + timedelta(minutes=number) for number in range(300)]
TAKEN = 24  # of them, at each community, before schemathesis begins
HOW_MANY = "30"  # requests an operation and phase


@pytest.fixture
def roomy(tmp_path: Path) -> Iterator[World]:
    """A world with room for thousands of bookings a minute apart, whose doors open a day before."""
    settings = {"bookings_per_hour": 100_000, "trusted_proxies": 1, "tour": timedelta(minutes=1), "early": timedelta(hours=24)}
    with world(f"sqlite:///{tmp_path / 'vendor.db'}", knock_timeout=timedelta(seconds=60), **settings) as made:
        for community in (COMMUNITY, GATED, WITHOUT_LOCKS):
            made.knock.offer(community, OFFERED)
        made.jobs()
        with made.via.db.transaction() as tx:
            tx.community_rules.keep(GATED, True, {"require_verified": "email"}, made.clock())
            tx.community_rules.keep(WITHOUT_LOCKS, True, {"lock": "none"}, made.clock())
        yield made


def some_tours(the_world: World, community: str, starts: list[datetime]) -> list[dict[str, Any]]:
    """Confirmed ones, each of somebody else."""
    booked = []
    for start in starts:
        somebody = {"firstName": "Jane", "lastName": "Doe", "email": f"jane{start:%H%M}@example.com"}
        answer = the_world.book(f"{community}-{start}", start, somebody, communityId=community)
        assert answer.status_code == 201, answer.text
        booked.append(answer.json())
    return booked


def what_hooks_must_know(the_world: World) -> dict[str, Any]:
    """For hooks.py: an arrival, and tours that are booked, that nobody needs, that have begun, and with a contact to verify."""
    here = some_tours(the_world, COMMUNITY, OFFERED[:TAKEN])
    begun = some_tours(the_world, WITHOUT_LOCKS, OFFERED[:TAKEN])
    assert {the_world.act(one, "check-in").json()["status"] for one in begun} == {"in_progress"}
    gated = some_tours(the_world, GATED, OFFERED[:TAKEN])
    arrival = the_world.get(f"/doorway/{COMMUNITY}").headers["Location"].rpartition("/")[2]
    tours = {"booked": here[::2], "unwanted": here[1::2], "begun": begun, "gated": gated}
    return {"tours": tours, "minutes_taken": TAKEN, "arrival": arrival}


def counted(the_world: World) -> "Counter[tuple[str, str, int]]":
    """How often each path and method is answered how from now on."""
    answers: Counter[tuple[str, str, int]] = Counter()

    def count(response: Response) -> Response:
        path = re.sub(r"<(\w+)>", r"{\1}", request.url_rule.rule) if request.url_rule else ""
        answers[path, request.method, response.status_code] += 1
        return response

    the_world.app.after_request_funcs[None].append(count)
    return answers


@pytest.mark.timeout(900)
def test_whatever_schemathesis_sends_is_answered_as_described(roomy: World, tmp_path: Path) -> None:
    (tmp_path / "tours.json").write_text(json.dumps(what_hooks_must_know(roomy)), encoding="utf-8")
    answers = counted(roomy)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run"]
    options = ["--checks", "all", "--mode", "all", "--max-examples", HOW_MANY, "--generation-deterministic", "--no-color"]

    ran = subprocess.run(
        [*command, f"{roomy.url}/openapi.json", *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1]), "TOURS": str(tmp_path / "tours.json")},
        capture_output=True,
        text=True,
        timeout=880,
        check=False,
    )

    assert ran.returncode == 0, f"{ran.stdout[-20_000:]}\n{ran.stderr[-2_000:]}"
    for operation in Description(roomy).operations.values():
        accepted = sum(answers[operation.path, operation.method, status] for status in (200, 201, 202))
        refused = answers[operation.path, operation.method, 401]
        assert accepted >= 5, operation.name
        assert refused >= 5 or not operation.is_for_the_holder, operation.name
