"""Addresses of targets, as Apprise writes them and as two of our own.

    feishusign://SECRET@TOKEN        a Feishu bot that asks for a signature
    wecomat://KEY/zhangsan,138…      a WeCom bot that mentions people, by id or mobile number

Both take `?via=http://relay:8080` where the plant reaches the outside through a relay. They hold keys:
no address is ever logged or shown, only its kind.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

FEISHU: Final = "feishusign"
WECOM: Final = "wecomat"
# Of these Apprise lets headers be given in the address.
_WITH_HEADERS: Final = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})
# The last fetch keys for mail, from wherever they say.
_OURS: Final = frozenset({"cto", "rto", "verify", "redirect", "pgp", "pgpkey", "pgppub", "pgpprv", "wkd"})
# Nothing in it may be read in two ways, as %31 is: what is looked at must be what is asked.
_VIA: Final = re.compile(
    r"https?://(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?(?:/[a-z0-9._~/-]*)?", re.IGNORECASE
)
_BETWEEN: Final = re.compile(r"[&;]")
_KIND: Final = re.compile(r"[a-z][a-z0-9+.-]{0,31}")
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
_MOST_MENTIONED: Final = 20


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot of Feishu or WeCom; `mentions` are ids and mobile numbers."""

    kind: str
    key: str
    secret: str
    mentions: tuple[str, ...]
    via: str | None

    @property
    def hosts(self) -> list[str]:
        """Whom its address has the node ask; nobody else's than the messenger's own where it says none."""
        return [] if self.via is None else [urlsplit(self.via).hostname or ""]


def kind_of(target: str) -> str:
    """Return what a target is, which is all of it that may be told."""
    kind = target.partition("://")[0].strip().lower()
    return kind if _KIND.fullmatch(kind) and "://" in target else "unknown"


def digest_of(push: UUID, target: str) -> str:
    """Return a name for a target within one push; of another push it says nothing."""
    return hashlib.sha256(push.bytes + target.encode()).hexdigest()[:16]


def bot_of(target: str) -> Bot | None:
    """Return the bot that an address names, None where it names none properly."""
    kind = kind_of(target)
    if kind not in (FEISHU, WECOM):
        return None
    try:
        parts = urlsplit(target.strip())
        via = parse_qs(parts.query).get("via", [None])[0]
    except ValueError:
        return None
    # hostname would lower the letters of a key.
    secret, _, key = parts.netloc.rpartition("@")
    mentions = tuple(word.strip() for word in unquote(parts.path.strip("/")).split(",") if word.strip())
    wrong = not _WORD.fullmatch(key) or len(mentions) > _MOST_MENTIONED
    if wrong or (kind == FEISHU and not secret) or (via is not None and not _is_http(via)):
        return None
    return Bot(kind, key, unquote(secret), mentions, None if via is None else via.rstrip("/"))


def with_key(target: str, key: UUID, timeout_s: float) -> str:
    """Return an address by which Apprise sends a key to deduplicate by, where it can, and waits so long.

    How long it waits, what certificates it believes, whether it goes where it is sent on to and where it
    fetches keys is not the contact's to say.
    """
    bare, _, query = target.partition("?")
    said = [word for word in _BETWEEN.split(query) if word and _name_of(word) not in _OURS]
    more = [f"cto={timeout_s:g}", f"rto={timeout_s:g}", "redirect=no"]
    if kind_of(target) in _WITH_HEADERS:
        more.append(f"+Idempotency-Key={key}")
    return f"{bare}?{'&'.join([*said, *more])}"


def _name_of(word: str) -> str:
    return unquote(word.partition("=")[0]).strip().lower()


def _is_http(address: str) -> bool:
    try:
        return _VIA.fullmatch(address) is not None and urlsplit(address).port != 0
    except ValueError:  # brackets without an address in them, a port beyond all
        return False
