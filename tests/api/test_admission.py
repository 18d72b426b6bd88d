"""Which requests are let in, by their headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.admission import HostRule, from_own_page, presented_secret, repeats_csrf
from operations.sessions import SessionKind

LOOPBACK = HostRule.of("127.0.0.1")
PUBLIC = HostRule.of("0.0.0.0", ["outfall.fangcheng.example"])

header_text = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=60).map(
    lambda text: text.encode("latin-1")
)


def host(value: str) -> list[tuple[bytes, bytes]]:
    return [(b"host", value.encode("latin-1"))]


@pytest.mark.parametrize(
    ("rule", "value", "allowed"),
    [
        (LOOPBACK, "127.0.0.1:8080", True),
        (LOOPBACK, "localhost:8080", True),
        (LOOPBACK, "LOCALHOST.", True),
        (LOOPBACK, "[::1]:8080", True),
        (LOOPBACK, "evil.example", False),
        (LOOPBACK, "evil.example:8080", False),
        (LOOPBACK, "127.0.0.1.evil.example", False),
        (LOOPBACK, "localhost.evil.example", False),
        (LOOPBACK, "192.0.2.7", False),
        (LOOPBACK, "user@localhost", False),
        (LOOPBACK, "localhost:8080/", False),
        (LOOPBACK, "localhost\x00", False),
        (LOOPBACK, "localhost, evil.example", False),
        (LOOPBACK, "", False),
        (LOOPBACK, "\xb2", False),
        (PUBLIC, "outfall.fangcheng.example:8443", True),
        (PUBLIC, "192.0.2.7:8443", True),
        (PUBLIC, "[2001:db8::7]:8443", True),
        (PUBLIC, "evil.example", False),
        (HostRule.of("plant.example"), "plant.example:8443", True),
        (HostRule.of("::1"), "[::1]", True),
        (HostRule.of("localhost"), "192.0.2.7", False),
    ],
)
def test_a_request_names_a_host_the_node_is_known_by(rule: HostRule, value: str, allowed: bool) -> None:
    assert rule.allows(host(value)) is allowed


def test_one_host_header_is_needed_and_one_is_enough() -> None:
    assert LOOPBACK.allows([]) is False
    assert LOOPBACK.allows(host("localhost") + host("evil.example")) is False
    assert LOOPBACK.allows(host("localhost") * 2) is False


@pytest.mark.parametrize(
    ("headers", "presented"),
    [
        ([(b"cookie", b"outfall_session=abc")], ("abc", SessionKind.COOKIE)),
        ([(b"cookie", b"a=b; outfall_session=abc; c=d")], ("abc", SessionKind.COOKIE)),
        ([(b"cookie", b"outfall_session=abc; outfall_session=abc")], ("abc", SessionKind.COOKIE)),
        ([(b"cookie", b"outfall_session=abc; outfall_session=planted")], None),
        ([(b"cookie", b"outfall_session=abc"), (b"cookie", b"outfall_session=planted")], None),
        ([(b"cookie", b"xoutfall_session=abc")], None),
        ([(b"authorization", b"Bearer abc")], ("abc", SessionKind.BEARER)),
        ([(b"Authorization", b"bearer  abc ")], ("abc", SessionKind.BEARER)),
        ([(b"authorization", b"Basic abc"), (b"cookie", b"outfall_session=d")], ("d", SessionKind.COOKIE)),
        ([(b"cookie", b"outfall_session=d"), (b"authorization", b"Bearer no")], ("no", SessionKind.BEARER)),
        ([], None),
    ],
)
def test_a_request_carries_one_secret_or_none(
    headers: list[tuple[bytes, bytes]], presented: tuple[str, SessionKind] | None
) -> None:
    assert presented_secret(headers) == presented


@pytest.mark.parametrize(
    ("scheme", "headers", "own"),
    [
        ("http", {}, True),
        ("http", {"sec-fetch-site": "same-origin"}, True),
        ("http", {"sec-fetch-site": "none"}, True),
        ("http", {"sec-fetch-site": "same-site"}, False),
        ("http", {"sec-fetch-site": "cross-site"}, False),
        ("http", {"origin": "http://localhost:8080"}, True),
        ("http", {"origin": "https://localhost:8080"}, True),
        ("http", {"origin": "http://localhost:9090"}, False),
        ("http", {"origin": "http://evil.example"}, False),
        ("http", {"origin": "http://localhost:8080.evil.example"}, False),
        ("http", {"origin": "http://evil.example#localhost:8080"}, False),
        ("http", {"origin": "http://user@localhost:8080"}, False),
        ("http", {"origin": "null"}, False),
        ("http", {"origin": ""}, False),
        ("http", {"origin": "http://["}, False),
        ("http", {"origin": "javascript://localhost:8080"}, False),
        ("http", {"origin": "http://localhost:8080", "sec-fetch-site": "cross-site"}, False),
        ("http", {"origin": "http://evil.example", "sec-fetch-site": "same-origin"}, False),
        ("https", {"origin": "https://localhost:8080"}, True),
        ("https", {"origin": "http://localhost:8080"}, False),
    ],
)
def test_an_unsafe_request_comes_from_a_page_of_ours(scheme: str, headers: dict[str, str], own: bool) -> None:
    sent = [*host("localhost:8080"), *((name.encode(), value.encode()) for name, value in headers.items())]

    assert from_own_page(sent, scheme) is own


@pytest.mark.parametrize(
    ("kind", "body", "repeated"),
    [
        (b"application/x-www-form-urlencoded", b"csrf=word&comment=x", True),
        (b"application/x-www-form-urlencoded; charset=utf-8", b"comment=x&csrf=word", True),
        (b"application/x-www-form-urlencoded", b"csrf=wrong", False),
        (b"application/x-www-form-urlencoded", b"csrf=word&csrf=word", False),
        (b"application/x-www-form-urlencoded", b"csrf=", False),
        (b"application/x-www-form-urlencoded", b"&".join([b"a=b"] * 101 + [b"csrf=word"]), False),
        (b"application/x-www-form-urlencoded", b"csrf=word\xff", False),
        (b"text/plain", b"csrf=word", False),
        (b"application/json", b'{"csrf": "word"}', False),
    ],
)
def test_a_form_repeats_the_word_of_its_session(kind: bytes, body: bytes, repeated: bool) -> None:
    assert repeats_csrf([(b"content-type", kind)], body, "word") is repeated


def test_a_header_repeats_the_word_and_goes_before_the_form() -> None:
    form = (b"content-type", b"application/x-www-form-urlencoded")

    assert repeats_csrf([(b"x-csrf-token", b"word")], b"", "word")
    assert not repeats_csrf([(b"x-csrf-token", b"wrong"), form], b"csrf=word", "word")
    assert not repeats_csrf([(b"x-csrf-token", b"word"), (b"x-csrf-token", b"word")], b"", "word")
    assert not repeats_csrf([(b"x-csrf-token", "wörd".encode("latin-1"))], b"", "word")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [b"host", b"origin", b"sec-fetch-site", b"cookie", b"authorization", b"content-type"]
            ),
            header_text,
        ),
        max_size=6,
    ),
    st.binary(max_size=200),
)
def test_no_header_or_body_breaks_the_door(headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    assert LOOPBACK.allows(headers) in (True, False)
    assert from_own_page(headers, "http") in (True, False)
    assert repeats_csrf(headers, body, "word") is False or b"csrf=word" in body
    presented_secret(headers)
