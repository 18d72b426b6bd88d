"""Bots that Apprise does not know how to ask: Feishu's signature, WeCom's @mention."""

import base64
import hashlib
import hmac
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from alarms.notify.records import Outcome
from alarms.notify.results import Message, Result, of_status
from alarms.notify.targets import FEISHU, Bot
from telemetry.clock import US_PER_S

_FEISHU: Final = "https://open.feishu.cn"
_WECOM: Final = "https://qyapi.weixin.qq.com"
_LARGEST: Final = 64 * 1024
# Feishu: too many requests. WeCom: too often, and busy. All others say no for good.
_COME_AGAIN: Final = frozenset({11232, 9499, 45009, -1})


class _Stay(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: a relay that sends the node on would choose what it asks inside."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener: Final = urllib.request.build_opener(_Stay)


def feishu_signature(at_s: int, secret: str) -> str:
    """Return Feishu's signature of a time: HMAC-SHA256 of nothing, the time and the secret its key."""
    return base64.b64encode(hmac.new(f"{at_s}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


def ask_bot(bot: Bot, message: Message, at_us: int, timeout_s: float) -> Result:
    """Have a bot say a message; `at_us` is the real time, which Feishu compares with its own."""
    text = f"{message.title}\n{message.body}"
    if bot.kind == FEISHU:
        url = f"{bot.via or _FEISHU}/open-apis/bot/v2/hook/{bot.key}"
        at_s = at_us // US_PER_S
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        body |= {"timestamp": str(at_s), "sign": feishu_signature(at_s, bot.secret)}
    else:
        url = f"{bot.via or _WECOM}/cgi-bin/webhook/send?key={bot.key}"
        mobiles = [word for word in bot.mentions if word.isdecimal() and len(word) >= 7]
        ids = [word for word in bot.mentions if word not in mobiles]
        mentioned = {"mentioned_list": ids, "mentioned_mobile_list": mobiles}
        body = {"msgtype": "text", "text": {"content": text, **mentioned}}
    return _post(url, body, message.key, timeout_s)


def _post(url: str, body: Mapping[str, Any], key: UUID, timeout_s: float) -> Result:
    headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": str(key)}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    try:
        with _opener.open(request, timeout=timeout_s) as answer:
            return _said(answer.read(_LARGEST))
    except urllib.error.HTTPError as error:
        error.close()
        return of_status(error.code)
    except TimeoutError:
        return Result(Outcome.FAILED, "no answer in time")
    except (OSError, http.client.HTTPException, ValueError) as error:
        timed_out = isinstance(getattr(error, "reason", None), TimeoutError)
        return Result(Outcome.FAILED, "no answer in time" if timed_out else "no connection")


def _said(answer: bytes) -> Result:
    """Both answer 200 whatever they think of it, and say so in a number."""
    try:
        said = json.loads(answer)
        number = int(said.get("code", said.get("errcode", said.get("StatusCode", -1))))
    except (ValueError, AttributeError, TypeError):
        return Result(Outcome.FAILED, "an answer that makes no sense")
    if number == 0:
        return Result(Outcome.DELIVERED)
    return Result(Outcome.FAILED if number in _COME_AGAIN else Outcome.REFUSED, f"it says no: code {number}")
