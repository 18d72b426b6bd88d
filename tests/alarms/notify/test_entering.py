"""An address that could never be pushed to is refused when it is entered, and nobody is asked for it."""

import socket
from typing import Any

import pytest

from alarms.notify.entering import contact_refused
from alarms.notify.permitted import KINDS, Permitted

KEY = "4d2e0a1c-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("target", "private", "expected"),
    [
        (f"wecombot://{KEY}", [], None),
        ("wecomat://key/zhangsan,13800000000", [], None),
        ("feishusign://secret@token", [], None),
        ("mailto://a:b@example.com", [], None),
        ("ntfy://ntfy.plant.lan/topic", [], None),
        ("ntfy://10.1.2.3/topic", ["10.1.0.0/16"], None),
        ("ntfy://localhost/topic", ["localhost"], None),
        ("ntfy://localhost/topic", ["127.0.0.1"], None),
        ("foo://127.0.0.1:9009/op", [], "contact_kind"),
        ("json://example.com/x", [], "contact_kind"),
        ("no address at all", [], "contact_kind"),
        ("wecomat://", [], "contact_no_address"),
        ("feishusign://token", [], "contact_no_address"),
        ("mailto://", [], "contact_no_address"),
        ("dingtalk://!", [], "contact_no_address"),
        ("ntfy://127.0.0.1/topic", [], "contact_inside"),
        ("ntfy://2130706433/topic", [], "contact_inside"),
        ("ntfy://localhost/topic", [], "contact_inside"),
        ("ntfy://a.localhost/topic", ["10.0.0.0/8"], "contact_inside"),
        ("ntfy://10.2.2.3/topic", ["10.1.0.0/16"], "contact_inside"),
        ("mailto://a:b@example.com?smtp=10.0.0.1", [], "contact_inside"),
        ("wecomat://key?via=http://192.168.1.1:8080", [], "contact_inside"),
        ("wecomat://key?via=http://relay.example:8080/out", [], None),
        # What would be looked at in one way and asked in another.
        ("wecomat://key?via=http://%2531%2532%2537.0.0.1:8199", [], "contact_no_address"),
        ("wecomat://key?via=http://127%252e0.0.1:8199", [], "contact_no_address"),
        ("feishusign://s@key?via=http://%256c%256fcalhost:8199", [], "contact_no_address"),
        ("wecomat://key?via=http://a@127.0.0.1:8199", [], "contact_no_address"),
        ("wecomat://key?via=http://relay.example?x=", [], "contact_no_address"),
        ("wecomat://key?via=http://[x", [], "contact_no_address"),
        ("wecomat://key?via=http://[::::]", [], "contact_no_address"),
        ("wecomat://key?via=http://relay.example:99999", [], "contact_no_address"),
    ],
)
def test_what_can_be_known_of_an_address_is_said_at_once(
    target: str, private: list[str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    look_up = socket.getaddrinfo

    def watched(host: Any, *args: Any, **more: Any) -> Any:
        if not more.get("flags", 0) & socket.AI_NUMERICHOST and host != "127.0.0.1":
            asked.append(host)
        return look_up(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", watched)

    refused = contact_refused(target, Permitted(KINDS, private))

    assert (refused and refused.code, asked) == (expected, [])


def test_a_kind_that_is_none_is_told_with_those_that_are_and_nothing_of_the_address() -> None:
    refused = contact_refused("foo://a-secret/key", Permitted(["wecombot", "mailto"], []))

    assert refused
    assert (
        str(refused) == "contacts of the kind foo are not permitted: push.kinds; known here: mailto, wecombot"
    )
