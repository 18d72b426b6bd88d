"""Contacts are no way to ask what stands inside: kinds and hosts are the plant's to name."""

import pytest

from alarms.notify.permitted import KINDS, Permitted
from alarms.notify.records import Outcome
from alarms.notify.results import Message, Result
from alarms.notify.sending import Sender
from alarms.notify.settings import PushSettings
from storage.ids import uuid7
from tests.alarms.notify.hooks import hook

MESSAGE = Message(uuid7(0), "title", "body", True)
INSIDE = Result(Outcome.REFUSED, "an address inside, which the plant does not name: push.private")
DELIVERED = Result(Outcome.DELIVERED)


@pytest.mark.parametrize(
    "target",
    [
        "json://127.0.0.1:{port}/x",
        "json://localhost:{port}/x?rto=60&verify=no",
        "json://2130706433:{port}/x",
        "json://0.0.0.0:{port}/x",
        "ntfy://127.0.0.1:{port}/topic",
        "mailto://a:b@example.com?smtp=127.0.0.1&port={port}",
        "wecomat://key?via=http://127.0.0.1:{port}",
        "feishusign://secret@token?via=http://localhost:{port}",
    ],
)
async def test_what_stands_inside_is_not_asked_unless_the_plant_names_it(target: str) -> None:
    with hook() as inside:
        sender = Sender(2.0, Permitted((*KINDS, "json"), ["10.0.0.0/8"]))

        result = await sender.send(target.format(port=inside.port), MESSAGE)

        assert (result, inside.heard) == (INSIDE, [])


@pytest.mark.parametrize("named", ["127.0.0.1", "127.0.0.0/8", "localhost", "LOCALHOST."])
async def test_what_the_plant_names_is_asked(named: str) -> None:
    with hook() as inside:
        sender = Sender(2.0, Permitted(["json"], [named]))

        assert await sender.send(f"json://localhost:{inside.port}/x", MESSAGE) == DELIVERED


async def test_a_kind_that_the_plant_does_not_name_is_refused() -> None:
    with hook() as inside:
        sender = Sender(2.0, Permitted(KINDS, ["127.0.0.1"]))

        result = await sender.send(f"json://127.0.0.1:{inside.port}/x", MESSAGE)

        why = "contacts of the kind json are not permitted: push.kinds"
        assert (result, inside.heard) == (Result(Outcome.REFUSED, why), [])


async def test_the_fallback_is_whoever_runs_the_nodes_own_and_may_be_anywhere() -> None:
    with hook() as inside:
        sender = Sender(2.0, Permitted((), ()))

        assert await sender.send(f"json://127.0.0.1:{inside.port}/x", MESSAGE, trusted=True) == DELIVERED


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"kinds": ["wecombot://KEY"]}, "no kind of target"),
        ({"kinds": ["JSON"]}, "no kind of target"),
        ({"private": ["http://10.0.0.1"]}, "no host and no network"),
        ({"private": ["10.0.0.0/33"]}, "no host and no network"),
    ],
)
def test_settings_that_name_no_kind_or_host_are_refused(said: dict[str, list[str]], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        PushSettings.model_validate(said)
