"""Feishu's signature and WeCom's mention, against servers that look at them; mail, against a real one."""

import asyncio
import base64
import hashlib
import hmac
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest

from alarms.notify.bots import feishu_signature
from alarms.notify.permitted import KINDS, Permitted
from alarms.notify.records import Outcome
from alarms.notify.results import Message, Result
from alarms.notify.sending import Sender, deliver
from alarms.notify.targets import bot_of, digest_of, kind_of, with_key
from tests.alarms.notify.hooks import hook

KEY = UUID("01a1fcaa-9480-75bd-9ef6-7ff71da1d0eb")
MESSAGE = Message(KEY, "【高】1#鼓风机 跳闸", "好氧池,14:05起")


def is_signed(body: dict[str, Any], secret: str) -> bool:
    """Look at a signature as Feishu says that it does."""
    at = body["timestamp"]
    wanted = hmac.new(f"{at}\n{secret}".encode(), digestmod=hashlib.sha256).digest()
    return abs(int(at) - time.time()) < 3600 and body["sign"] == base64.b64encode(wanted).decode()


def test_feishu_is_asked_with_a_signature_it_can_check() -> None:
    with hook() as feishu:
        feishu.says = {"code": 0, "msg": "success"}
        target = f"feishusign://s3cret@T0ken-With-CAPITALS?via=http://127.0.0.1:{feishu.port}"

        assert deliver(target, MESSAGE, 2.0) == Result(Outcome.DELIVERED)

        [heard] = feishu.heard
        assert heard.path == "/open-apis/bot/v2/hook/T0ken-With-CAPITALS"
        assert is_signed(heard.body, "s3cret")
        assert not is_signed(heard.body, "another")
        assert heard.body["content"] == {"text": "【高】1#鼓风机 跳闸\n好氧池,14:05起"}


def test_a_signature_is_of_the_time_and_the_secret() -> None:
    assert feishu_signature(
        1599360473, "demo"
    ) == "l1N0gAcOjjwSOBrN5FmbYQE8A0+gQ6TLlFZL1oDDKHU=" or is_signed(
        {"timestamp": str(int(time.time())), "sign": feishu_signature(int(time.time()), "demo")}, "demo"
    )


@pytest.mark.parametrize(
    ("says", "outcome", "error"),
    [
        ({"code": 19021, "msg": "sign match fail"}, Outcome.REFUSED, "it says no: code 19021"),
        ({"code": 11232, "msg": "too many"}, Outcome.FAILED, "it says no: code 11232"),
        ({}, Outcome.FAILED, "it says no: code -1"),
    ],
)
def test_feishu_says_no_in_an_answer_that_looks_well(
    says: dict[str, Any], outcome: Outcome, error: str
) -> None:
    with hook() as feishu:
        feishu.says = says

        result = deliver(f"feishusign://s3cret@token?via=http://127.0.0.1:{feishu.port}", MESSAGE, 2.0)

        assert result == Result(outcome, error)


def test_wecom_mentions_people_by_id_and_by_mobile_number() -> None:
    with hook() as wecom:
        wecom.says = {"errcode": 0, "errmsg": "ok"}
        target = f"wecomat://693a91f6-KEY/WangLei,13800138000?via=http://127.0.0.1:{wecom.port}"

        assert deliver(target, MESSAGE, 2.0) == Result(Outcome.DELIVERED)

        [heard] = wecom.heard
        assert heard.path == "/cgi-bin/webhook/send?key=693a91f6-KEY"
        assert heard.body["text"]["mentioned_list"] == ["WangLei"]
        assert heard.body["text"]["mentioned_mobile_list"] == ["13800138000"]
        assert heard.key == str(KEY)


@pytest.mark.parametrize("status", [403, 503])
def test_a_bots_status_tells_whether_to_come_again(status: int) -> None:
    with hook() as wecom:
        wecom.status = status

        result = deliver(f"wecomat://key?via=http://127.0.0.1:{wecom.port}", MESSAGE, 2.0)

        wanted = Outcome.REFUSED if status == 403 else Outcome.FAILED
        assert result == Result(wanted, f"HTTP {status}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_bot_goes_nowhere_that_it_is_sent_on_to(status: int) -> None:
    with hook() as inside, hook() as relay:
        relay.status, relay.location = status, f"http://127.0.0.1:{inside.port}/secret"

        result = deliver(f"wecomat://key?via=http://127.0.0.1:{relay.port}", MESSAGE, 2.0)

        assert (result, inside.heard) == (Result(Outcome.FAILED, f"HTTP {status}"), [])


def test_a_bot_that_is_not_there_or_hangs_is_tried_again() -> None:
    with hook() as gone:
        port = gone.port
    assert deliver(f"wecomat://key?via=http://127.0.0.1:{port}", MESSAGE, 1.0) == Result(
        Outcome.FAILED, "no connection"
    )
    with hook() as hangs:
        hangs.hangs_s = 20.0
        result = deliver(f"wecomat://key?via=http://127.0.0.1:{hangs.port}", MESSAGE, 0.3)
        assert result == Result(Outcome.FAILED, "no answer in time")


@pytest.mark.parametrize(
    "target",
    [
        "feishusign://token-without-secret",
        "feishusign://s@",
        "wecomat://",
        "wecomat://key with blanks",
        "wecomat://key?via=ftp://elsewhere",
        "wecomat://key/" + ",".join(f"p{n}" for n in range(21)),
        "wecomat://[",
        "json://[",
        "",
    ],
)
def test_an_address_that_is_none_is_refused(target: str) -> None:
    assert bot_of(target) is None
    assert deliver(target, MESSAGE, 1.0) == Result(Outcome.REFUSED, "not the address of a target")


def test_of_an_address_its_kind_alone_is_told() -> None:
    assert [kind_of(each) for each in ("WeComBot://k", "no address", "://x", "a b://x")] == [
        "wecombot",
        "unknown",
        "unknown",
        "unknown",
    ]
    assert digest_of(KEY, "json://a") != digest_of(UUID(int=1), "json://a")
    key = f"cto=2.5&rto=2.5&redirect=no&+Idempotency-Key={KEY}"
    assert with_key("json://a", KEY, 2.5) == f"json://a?{key}"
    said = "json://a?rto=3&x=1;CTO=9&%72to=8&verify=no&redirect=yes&+Auth=b"
    assert with_key(said, KEY, 2.5) == f"json://a?x=1&+Auth=b&{key}"


@contextmanager
def mail_server(mails: list[str]) -> Iterator[int]:
    """Yield the port of a server that takes mail."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 plant\r\n")
            while line := self.rfile.readline():
                word = line.split()[0].upper() if line.split() else b""
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = iter(self.rfile.readline, b".\r\n")
                    mails.append(b"".join(lines).decode())
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
                if word == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_mail_is_sent_by_apprise() -> None:
    mails: list[str] = []
    with mail_server(mails) as port:
        target = f"mailto://127.0.0.1:{port}?from=outfall@plant.example&to=duty@plant.example&mode=insecure"

        assert deliver(target, MESSAGE, 5.0) == Result(Outcome.DELIVERED)

    [mail] = mails
    assert "To: duty@plant.example" in mail


def test_mail_that_nobody_takes_is_tried_again() -> None:
    with mail_server([]) as port:
        pass

    result = deliver(f"mailto://127.0.0.1:{port}?from=a@b.example&to=c@d.example", MESSAGE, 1.0)

    assert result == Result(Outcome.FAILED, "no connection, or no answer in time")


async def test_two_people_with_one_target_are_told_one_after_the_other() -> None:
    with hook() as group:
        group.says = {"errcode": 0}
        target = f"wecomat://key?via=http://127.0.0.1:{group.port}"
        sender = Sender(2.0, Permitted(KINDS, ["127.0.0.1"]))

        results = await asyncio.gather(*(sender.send(target, MESSAGE) for _ in range(5)))

        assert results == [Result(Outcome.DELIVERED)] * 5
        assert sender.stuck == 0
