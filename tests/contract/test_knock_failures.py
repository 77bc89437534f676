"""Get Prospect's two possible errors: the same words from the document, from the sandbox and to our use cases."""

from dataclasses import dataclass

import pytest
import requests

from tests.clients.wire import Wire, says
from tests.contract.reading import call_example
from tests.fixtures import knock as example
from vendor_app.clients.errors import MalformedProspectId, NoSuchProspect, Refused
from vendor_app.clients.knock.client import Knock

ASKED = call_example("prospect")


@dataclass(frozen=True)
class PossibleError:
    """`prospect_id` is the one its message is about; `status` is the sandbox's choice, for the document names none."""

    name: str
    prospect_id: str
    kind: type[Refused]
    status: int


every_error = pytest.mark.parametrize(
    "error",
    [
        PossibleError("prospect_id_malformed", "xxx", MalformedProspectId, 400),
        PossibleError("prospect_missing", "0", NoSuchProspect, 404),
    ],
    ids=lambda error: error.name,
)


@every_error
@pytest.mark.parametrize("status", [400, 404, 422, 500, 502])
def test_our_client_knows_a_documented_error_whatever_its_status(
    wire: Wire, knock: Knock, error: PossibleError, status: int
) -> None:
    wire.answer(says(example(error.name), status))
    with pytest.raises(Refused) as failed:
        knock.get_prospect(error.prospect_id)
    assert type(failed.value) is error.kind
    assert failed.value.said == example(error.name)["errorMessage"]
    assert failed.value.code == example(error.name).get("errorCode")
    assert wire.last.target == f"/prospect/{error.prospect_id}"


@every_error
@pytest.mark.parametrize("path", ["/prospect/{}", "/prospect/{}/events"])
def test_the_sandbox_says_a_documented_error_word_for_word(url: str, error: PossibleError, path: str) -> None:
    answer = requests.get(f"{url}/knock{path.format(error.prospect_id)}", headers=ASKED.headers, timeout=60)
    assert (answer.status_code, answer.json()) == (error.status, example(error.name))


@every_error
def test_our_client_knows_the_sandboxs_errors(knock_of_the_sandbox: Knock, error: PossibleError) -> None:
    with pytest.raises(error.kind):
        knock_of_the_sandbox.get_prospect(error.prospect_id)
