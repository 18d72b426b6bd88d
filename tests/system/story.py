"""A night at a plant, lived by the product: its people, faults and kills, each step once.

    22:30  the manager enters staff, crews and contacts and publishes the roster; the evening turn signs in
    then   two blowers and a lift pump trip; the node is killed between the push and its answer
    23:25  the ammonia analyser breaks down until 00:50, so that the hour 23–24 is lost
    01:02  the day is over and judged, and the evening turn signs out

Its clock runs 60 times as fast, also over a kill: it goes on from the last reading stored.
"""

import csv
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import httpx

from tests.system.plants import demo_copied
from tests.system.product import Product, eventually, free_ports, ran, running
from tests.system.servers import LineServer, Told, Webhook

DAY: Final = "2026-11-18"
AFTER: Final = "2026-11-19"
TURN: Final = f"{DAY}/evening"
TRIP: Final = "BL_B201A_ST.fault"
PUMP: Final = "PS_P101A_ST.fault"
_BEGIN: Final = f"{DAY}T22:30"
_SPEED: Final = 60
_SHIFTS: Final = [
    {"code": "day", "name": {"zh": "白班", "en": "Day"}, "start": "09:00", "hours": 8},
    {"code": "evening", "name": {"zh": "中班", "en": "Evening"}, "start": "17:00", "hours": 8},
    {"code": "night", "name": {"zh": "夜班", "en": "Night"}, "start": "01:00", "hours": 8},
]
_LINK: Final = re.compile(r"http://\S+/a/[\w-]+")


@dataclass(frozen=True)
class Person:
    """Somebody on the staff; `at` is their path at the webhook, the account one of the demo's."""

    name: str
    number: str
    category: str
    at: str
    account: str = ""
    crew: str | None = None


ON_DUTY: Final = Person("李静", "0102", "operator", "lijing", "operator", "B")
STAFF: Final = (
    Person("王磊", "0101", "operator", "wanglei", crew="A"),
    ON_DUTY,
    Person("周强", "0103", "operator", "zhouqiang", crew="C"),
    Person("赵敏", "0001", "manager", "zhaomin", "manager"),
)


@dataclass
class Story:
    """The plant folder, what stands beside the node, and what happened; a step lives what is before it."""

    folder: Path
    data: Path
    log: Path
    port: int
    webhook: Webhook
    lines: LineServer | None
    node: Product = field(init=False)
    ids: dict[str, str] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """Start the plant and its node, also after a kill."""
        command: list[str | Path] = ["demo", "--plant", self.folder, "--data", self.data, "--days", "3"]
        command += ["--port", str(self.port), "--begin", _BEGIN, "--speed", str(_SPEED)]
        self.node = self._stack.enter_context(running(command, self.log))
        self.node.http.timeout = httpx.Timeout(60)
        self.node.sign_in("manager")

    def kill(self) -> None:
        """End the node by -9, and start it again."""
        self.node.kill()
        self._stack.close()
        self.start()

    def end(self) -> None:
        """Stop what runs."""
        self._stack.close()

    def now(self) -> datetime:
        """Return the time of the newest reading, on the plant's clock."""
        return datetime.fromisoformat(self.node.latest("AE_DO1")["time"])

    def wait_until(self, moment: str) -> None:
        """Wait until the plant's clock shows a time."""
        then = datetime.fromisoformat(f"{moment}+08:00")
        eventually(lambda: True if self.now() >= then else None, f"it is {moment}", 110, every=0.2)

    def post(self, path: str, **body: Any) -> Any:
        """Have the manager send something."""
        answer = self.node.http.post(f"/api/v1/{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def get_as(self, account: str, path: str, **parameters: Any) -> Any:
        """Return what somebody else is answered."""
        with self.signed_in(account) as http:
            answer = http.get(f"/api/v1/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @contextmanager
    def signed_in(self, account: str) -> Iterator[httpx.Client]:
        """Yield a client of somebody else."""
        with httpx.Client(base_url=self.node.address, timeout=60, trust_env=False) as http:
            form = {"username": account, "password": "demo"}
            answer = http.post("/api/v1/auth/token", data=form)
            assert answer.status_code == 200, answer.text
            http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield http

    def sign(self, what: str) -> None:
        """Have who is on duty sign in or out, on the phone."""
        with self.signed_in(ON_DUTY.account) as http:
            answer = http.post(f"/api/v1/attendance/{what}", json={"device": "phone"})
        assert answer.status_code == 201, answer.text

    def fault(self, name: str, target: str, *, clear: bool = False) -> None:
        """Switch a fault of the plant."""
        ran(["fault", name, target, *(["--clear"] if clear else []), "--data", self.data])

    def alarm(self, key: str) -> Any:
        """Return an alarm that is not normal, None where there is none."""
        return next((one for one in self.node.get("/api/v1/alarms")["items"] if one["key"] == key), None)

    def journal(self, key: str) -> list[Any]:
        """Return the steps of an alarm, oldest first."""
        found = self.node.get("/api/v1/alarms/journal", tag=key.partition(".")[0], limit=1000)["items"]
        return [step for step in reversed(found) if step["key"] == key]

    def entries(self, key: str) -> list[Any]:
        """Return the log's entries that an alarm made."""
        found = self.node.get("/api/v1/logbook", kind="alarm", tag=key.partition(".")[0])["items"]
        return [one for one in found if one["raised"] and one["raised"]["rule"] == key]

    def readings(self, tag: str, from_: str, to: str) -> list[Any]:
        """Return all readings of a time."""
        found: list[Any] = []
        more: dict[str, str] = {}
        while True:
            told = self.node.get(
                "/api/v1/readings", point=tag, **{"from": from_, "to": to}, limit=20_000, **more
            )
            found += told["items"]
            if told["next"] is None:
                return found
            more = {"cursor": told["next"]}

    def pushed(self, words: str) -> list[Told]:
        """Return what was pushed with these words; waits for the first."""
        return eventually(lambda: self.webhook.about(words) or None, f"{words} is pushed")

    @cached_property
    def staffed(self) -> bool:
        """The manager makes the plant's people and roster; who has the night signs in."""
        self.start()
        post = self.post("posts", code="control", name={"zh": "中控", "en": "Control room"})["post"]
        crews = {
            code: self.post("crews", code=code, name={"zh": zh, "en": f"Crew {code}"})["crew"]
            for code, zh in (("A", "甲班"), ("B", "乙班"), ("C", "丙班"))
        }
        for one in STAFF:
            contact = {"kind": "webhook", "url": self.webhook.contact(one.at)}
            said = {"number": one.number, "name": one.name, "category": one.category, "account": one.account}
            self.ids[one.name] = self.post("staff", **said, contacts=[contact], valid_from=DAY)["person"]
            if one.crew is not None:
                member = {"person": self.ids[one.name], "crew": crews[one.crew], "post": post}
                self.post("crews/members", **member, valid_from=DAY)
        pattern = self.post(
            "patterns",
            code="3x8",
            name={"zh": "三班倒", "en": "Three turns"},
            shifts=_SHIFTS,
            cycle=[["day", "evening", "night"]],
            crews=list(crews.values()),
            anchor=DAY,
        )["pattern"]
        self.post("roster/publications", pattern=pattern, from_day=DAY, to_day="2026-11-20")
        self.sign("sign-in")
        return True

    @cached_property
    def tripped_at(self) -> datetime:
        """A blower trips, and the one that stands by too; with them a lift pump, just before a kill.

        The push of the blower is out then and not answered; that of the pump is not out.
        """
        assert self.staffed
        at = self.now()
        self.fault("blower_trip", "BL_B201A")
        self.fault("blower_trip", "BL_B201B")
        self.pushed("1#鼓风机")
        self.fault("pump_trip", "PS_P101A")
        eventually(lambda: self.journal(PUMP) or None, "the pump's trip is in the journal")
        self.kill()
        return at

    @cached_property
    def link(self) -> str:
        """The link in the push of the blower."""
        assert self.tripped_at
        found = _LINK.search(self.pushed("1#鼓风机")[0].message)
        assert found is not None
        return found[0]

    @cached_property
    def answered(self) -> tuple[httpx.Response, list[Any], httpx.Response]:
        """What the link shows, the blower's journal after that, and what its button answers."""
        assert self.link
        with httpx.Client(timeout=20, trust_env=False) as phone:
            shown = phone.get(self.link)
            before = self.journal(TRIP)
            return shown, before, phone.post(self.link, follow_redirects=True)

    @cached_property
    def hour_lost(self) -> bool:
        """The ammonia analyser breaks down for the sample of midnight, that of the hour 23–24."""
        assert self.answered
        self.wait_until(f"{DAY}T23:25")
        self.fault("analyser_failure", "EFF_ANA_NH3")
        self.wait_until(f"{AFTER}T00:30")
        for blower in ("BL_B201A", "BL_B201B"):
            self.fault("blower_trip", blower, clear=True)
        return True

    @cached_property
    def judged(self) -> dict[str, Any]:
        """The day of each item, once it is decided."""
        assert self.hour_lost

        def decided() -> dict[str, Any] | None:
            found = self.node.get("/api/v1/compliance/days", **{"from": DAY, "to": DAY})["items"]
            days = {day["tag"]: day for day in found}
            return None if any(day["verdict"] == "open" for day in days.values()) or not days else days

        self.wait_until(f"{AFTER}T00:50")
        self.fault("analyser_failure", "EFF_ANA_NH3", clear=True)
        self.wait_until(f"{AFTER}T01:02")
        self.sign("sign-out")
        return eventually(decided, "the day is judged", 60, every=0.2)


@contextmanager
def lived(folder: Path, webhook: Webhook, lines: LineServer | None) -> Iterator[Story]:
    """Yield the story with its plant folder ready; nothing has happened yet."""
    plant, data, token = demo_copied(folder / "plant"), folder / "data", folder / "token"
    [port] = free_ports(1)
    _polled_rarely(plant / "points.csv")
    described = (plant / "plant.yaml").read_text("utf-8")
    # A push waits two real seconds for what belongs to it: time enough for a kill to come before it.
    inside = "kinds: [json], private: [127.0.0.1]"
    described += f"\npush: {{public_url: 'http://127.0.0.1:{port}', wait: 4h, gather: 2s, {inside}}}\n"
    if lines is not None:
        token.write_text("of-nobody\n", "ascii")
        token.chmod(0o600)
        described += f"\ninflux: {{url: '{lines.url}', org: plant, token_file: '{token}', replay_share: 1}}\n"
    (plant / "plant.yaml").write_text(described, "utf-8")
    story = Story(plant, data, folder / "log", port, webhook, lines)
    try:
        yield story
    finally:
        story.end()


def _polled_rarely(points: Path) -> None:
    """Have devices asked every 30 s at most: as fast as this clock runs, still several times a second."""
    with points.open(encoding="utf-8", newline="") as read:
        table = csv.DictReader(read)
        names, rows = list(table.fieldnames or ()), list(table)
    for row in rows:
        if row["source"].startswith("PLC") and row["poll_s"]:
            row["poll_s"] = str(max(float(row["poll_s"]), 30.0))
    with points.open("w", encoding="utf-8", newline="") as written:
        out = csv.DictWriter(written, names, lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
