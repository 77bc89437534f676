"""The id in the comment of Get Prospect's sample: the answer to `POST /prospect`, and perhaps to `GET` as well."""

import requests

from tests.clients.calls import JANE
from tests.clients.wire import Wire, says
from tests.contract.exchanges import ALDER
from tests.contract.reading import call_example
from tests.contract.scenes import FIRST_PROSPECT, Stage
from tests.fixtures import knock as example
from vendor_app.clients.knock.client import Knock

PROFILE = {name: value for name, value in JANE.items() if name != "pets"}


def test_our_client_understands_it_as_a_new_prospect(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("prospect_created")))
    assert knock.create_prospect(ALDER, JANE, "Zillow") == "123"


def test_our_client_understands_it_as_a_guest_card(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("prospect_created")))
    assert knock.get_prospect("123").prospect_id == "123"


def test_the_sandbox_answers_a_new_prospect_with_it(url: str) -> None:
    body = {"communityId": ALDER, "sourceTitle": "Zillow"} | PROFILE
    answer = requests.post(f"{url}/knock/prospect", json=body, headers=call_example("prospect").headers, timeout=60)
    assert (answer.status_code, answer.json()) == (200, example("prospect_created") | {"id": FIRST_PROSPECT})


def test_our_clients_new_prospect_is_in_the_sandbox(knock_of_the_sandbox: Knock, stage: Stage) -> None:
    prospect_id = knock_of_the_sandbox.create_prospect(ALDER, JANE, "Zillow")
    prospect = stage.sandbox.knock.prospects[prospect_id]
    assert (prospect.community_id, prospect.email, prospect.source_title) == (ALDER, JANE["email"], "Zillow")
    assert prospect.profile == {name: PROFILE.get(name) for name in prospect.profile}
