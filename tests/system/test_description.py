"""The product's description as one night at a plant, told in three parts that build on each other.

A blower trips, DO falls, ammonia rises; the person on duty is pushed and acknowledges by link; the log
has the entry with its readings; the day is judged; the analyser's lost hour counts; the month's report
and the assessment name the shift; InfluxDB has the same numbers: with a `kill -9` in the middle, and all
of it again after another at the end.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.history.influx.victoria import PROGRAM
from tests.postgresql import database
from tests.system.product import eventually
from tests.system.servers import line_server, webhook
from tests.system.story import AFTER, DAY, ON_DUTY, PUMP, TRIP, TURN, Story, lived

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

START = datetime.fromisoformat(f"{DAY}T00:00:00+08:00")
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """One night for all parts; its people are kept in either store."""
    if PROGRAM is None:
        pytest.skip("victoria-metrics is not installed")
    folder = tmp_path_factory.mktemp("description")
    with ExitStack() as stack:
        if request.param == "postgresql":
            url = stack.enter_context(database(request.getfixturevalue("postgresql_cluster")))
            environment = stack.enter_context(pytest.MonkeyPatch.context())
            environment.setenv("OUTFALL_PEOPLE_URL", url.render_as_string(hide_password=False))
        phones, lines = stack.enter_context(webhook()), stack.enter_context(line_server(folder / "lines"))
        yield stack.enter_context(lived(folder, phones, lines))
        assert (folder / "data/people.sqlite").exists() == (request.param == "sqlite")


def test_a_blower_trips_and_who_is_on_duty_is_pushed_and_answers_after_a_kill(story: Story) -> None:
    shown, before, pressed = story.answered
    told = story.pushed("1#鼓风机 故障")
    again = story.pushed("1#提升泵 故障")
    alarm = story.alarm(TRIP)
    steps = story.journal(TRIP)
    pushes = story.node.get("/api/v1/pushes", alarm=alarm["id"])["items"]
    on_shift = story.node.get("/api/v1/roster/on-shift", at=steps[0]["at"])["items"]
    [entry] = eventually(lambda: story.entries(TRIP) or None, "the log has the alarm")
    later = eventually(lambda: story.entries(PUMP) or None, "the log has the pump's alarm")
    with httpx.Client(timeout=20, trust_env=False) as stranger:
        guessed = stranger.get(f"{story.link[:-4]}AAAA")

    # Pushed to the person on duty and to nobody else, once by its key, also what the kill cut off.
    # (Nobody relieves the crew in this story: that the manager is told of, and is another push.)
    assert {one.path for one in (*told, *again)} == {f"/{ON_DUTY.at}"}
    for pushed in (told, again):
        assert len({one.key for one in pushed}) == 1
        assert all(one.key for one in pushed)
    assert "溶解氧" in told[0].message
    assert [(one["name"], one["step"], one["state"]) for one in pushes] == [
        (ON_DUTY.name, "raise", "delivered")
    ]
    # The link shows without a sign-in and changes nothing; its button answers, also after the kill.
    assert (shown.status_code, pressed.status_code, guessed.status_code) == (200, 200, 404)
    assert "1#鼓风机" in shown.text
    assert [step["event"] for step in before] == ["raise"]
    assert [(step["event"], step["actor"]) for step in steps] == [
        ("raise", None),
        ("acknowledge", ON_DUTY.name),
    ]
    assert "链接" in steps[1]["comment"]
    assert alarm["state"] == "acknowledged"
    assert [(one["name"], one["shift"]["key"]) for one in on_shift] == [(ON_DUTY.name, TURN)]
    # The log has it by itself, once, with the readings of then and who was there.
    read = {one["tag"]: one for one in entry["readings"]}
    assert {"BL_B201A_ST", "AE_DO1", "AE_DO2", "AE_NH31", "AE_NH32"} <= read.keys()
    assert all(read[tag]["value"] is not None for tag in ("AE_DO1", "AE_NH31"))
    assert read["BL_B201A_ST"]["value"] == steps[0]["value"]
    assert (entry["at"], entry["raised"]["alarm"], entry["turn"]) == (steps[0]["at"], alarm["id"], TURN)
    assert [one["name"] for one in entry["on_shift"]] == [ON_DUTY.name]
    assert len(later) == 1
    # Nothing is in the journal twice.
    everything = journal(story)
    assert len({step["id"] for step in everything}) == len(everything)
    raised = [step["occurrence"] for step in everything if step["event"] == "raise"]
    assert len(set(raised)) == len(raised)


def test_oxygen_falls_ammonia_rises_and_the_analyser_loses_an_hour(story: Story) -> None:
    assert story.hour_lost
    at = story.tripped_at

    def mean(tag: str, after: int, minutes: int) -> float:
        from_ = at + timedelta(minutes=after)
        items = story.readings(tag, from_.isoformat(), (from_ + timedelta(minutes=minutes)).isoformat())
        values = [one["value"] for one in items if one["quality"]["class"] == "good"]
        assert values, f"{tag} from {from_}"
        return float(sum(values) / len(values))

    for tag in ("AE_DO1", "AE_DO2"):
        assert mean(tag, 25, 20) < 0.7 * mean(tag, -30, 30), tag
    for tag in ("AE_NH31", "AE_NH32"):
        assert mean(tag, 50, 20) > 1.2 * mean(tag, -30, 30), tag
    assert story.alarm("AE_DO1.L") or story.journal("AE_DO1.L")
    assert story.journal("EFF_ANA_NH3_ST.fault")[0]["event"] == "raise"


def test_the_day_is_judged_the_month_told_and_influx_agrees_also_after_a_kill(story: Story) -> None:
    days = story.judged
    uptime = {one["tag"]: one for one in story.node.get("/api/v1/analysers/uptime", month="2026-11")["items"]}
    for tag, due in (("EFF_AIT_NH3", 23), ("EFF_AIT_COD", 23)):
        judged_anew(story, days[tag], due)
    opened = story.node.get(f"/api/v1/compliance/days/{DAY}/EFF_AIT_NH3")
    lost = [hour for hour in opened["hours"] if hour["due"] and not hour["valid"]]

    # The hour that the analyser lost counts in its month, with the cause.
    assert [(hour["time"], hour["cause"]) for hour in lost] == [(f"{DAY}T23:00:00+08:00", "fault")]
    assert TURN.partition("/")[0] == days["EFF_AIT_NH3"]["day"]
    assert ("中班", ON_DUTY.name) in {(one["shift_zh"], one["name"]) for one in opened["turns"]}
    ammonia, cod = uptime["EFF_AIT_NH3"], uptime["EFF_AIT_COD"]
    assert (ammonia["lost_by_cause"], cod["lost_by_cause"]) == ({"fault": 1}, {})
    assert ammonia["uptime"] == pytest.approx((ammonia["due"] - 1) / ammonia["due"])
    assert ammonia["hours_left"] == ammonia["due_in_all"] * 5 // 100 - 1

    report_tells(story, days)
    assessment_tells(story)
    influx_agrees(story, days)

    before = everything(story)
    story.kill()
    after = everything(story)
    assert after == before


def journal(story: Story) -> list[Any]:
    """Return the whole journal."""
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = story.node.get("/api/v1/alarms/journal", limit=1000, **cursor)
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def everything(story: Story) -> dict[str, Any]:
    """Return what was told of the night, as it must be after a kill too."""
    days = story.node.get("/api/v1/compliance/days", **{"from": DAY, "to": DAY})["items"]
    hours = story.node.get("/api/v1/analysers/EFF_AIT_NH3/hours", month="2026-11")["items"]
    sheet = story.get_as("department", f"assessment/people/{story.ids[ON_DUTY.name]}", month="2026-11")
    return {
        "journal": [story.journal(key) for key in (TRIP, PUMP)],
        "entries": [story.entries(key) for key in (TRIP, PUMP)],
        "pushes": story.node.get("/api/v1/pushes", alarm=story.journal(TRIP)[0]["occurrence"])["items"],
        "days": days,
        "lost": [hour for hour in hours if hour["time"].startswith(DAY) and not hour["valid"]],
        "turns": [turn for turn in sheet["turns_judged"] if turn["day"] == DAY],
        "answers": [one for one in sheet["answers"] if one["key"] == TRIP],
        "readings": story.readings("AE_NH31", f"{DAY}T20:00:00+08:00", f"{AFTER}T01:00:00+08:00"),
    }


def judged_anew(story: Story, day: dict[str, Any], due: int) -> None:
    """Compute a day from its raw readings, and hold what was judged against it."""
    values, flows = results(story, day["tag"]), volumes(story)
    water = sum(flows[hour] for hour in values)
    mean = sum(value * flows[hour] for hour, value in values.items()) / water
    daily = min(limit["high"] for limit in day["limits"] if limit["basis"] == "daily")
    rounded = Decimal(str(day["mean"])).quantize(Decimal(1), ROUND_HALF_EVEN)

    assert (day["verdict"], day["due"], day["valid"]) == ("complies", due, len(values))
    assert day["mean"] == pytest.approx(mean, rel=1e-3)
    assert day["flow_m3"] == pytest.approx(sum(flows.values()), rel=5e-3)
    assert day["load_kg"] == pytest.approx(mean * sum(flows.values()) / 1000, rel=6e-3)
    assert (day["lowest"], day["highest"]) == (min(values.values()), max(values.values()))
    assert day["rounded"] == str(rounded)
    assert rounded <= daily


def results(story: Story, tag: str) -> dict[datetime, float]:
    """Return an analyser's results by the hour whose water they are of.

    A sample's time is told when its result is; the first reading of the value from then on is it.
    """
    until = f"{AFTER}T01:02:00+08:00"
    told = story.readings(tag.replace("AIT", "ANA") + "_TS", START.isoformat(), until)
    read = story.readings(tag, START.isoformat(), until)
    found: dict[datetime, float] = {}
    for one in told:
        if one["quality"]["class"] != "good":
            continue
        hour = datetime.fromtimestamp(one["value"], START.tzinfo) - HOUR
        if START <= hour < START + 24 * HOUR and hour not in found:
            at = datetime.fromisoformat(one["time"])
            found[hour] = next(r["value"] for r in read if datetime.fromisoformat(r["time"]) >= at)
    return found


def volumes(story: Story) -> dict[datetime, float]:
    """Return the effluent of each hour of the day, m³: each reading holds until the next."""
    items = story.readings(
        "EFF_FIT401", (START - HOUR / 4).isoformat(), (START + 24 * HOUR + HOUR / 4).isoformat()
    )
    good = [
        (datetime.fromisoformat(one["time"]), one["value"])
        for one in items
        if one["quality"]["class"] == "good"
    ]
    found = {}
    for hour in (START + HOUR * number for number in range(24)):
        cubic, held = 0.0, timedelta()
        for (at, value), (end, _) in pairwise(good):
            span = min(end, hour + HOUR) - max(at, hour)
            # What a reading says is taken to hold three minutes at most: behind that the node was dead.
            span = min(span, timedelta(minutes=3))
            if span > timedelta():
                cubic += value * span.total_seconds()
                held += span
        found[hour] = cubic / held.total_seconds()
    return found


def report_tells(story: Story, days: dict[str, Any]) -> None:
    """The month so far as a report: the day, the lost hour, the alarms and the crew."""
    made = story.post("reports", month="2026-11")
    answer = story.node.http.get(f"/api/v1/reports/{made['id']}/json")
    told = json.loads(answer.content)
    kept = {file["name"]: file["sha256"] for file in made["files"]}
    compliance = {item["tag"]: item for item in told["compliance"]["items"]}
    analysers = {one["tag"]: one for one in told["analysers"]}
    crews = {crew["name"]["zh"]: crew for crew in told["staff"]["crews"]}

    assert hashlib.sha256(answer.content).hexdigest() == kept["report.json"]
    assert (told["provisional"], made["provisional"]) == (True, True)
    for tag in ("EFF_AIT_NH3", "EFF_AIT_COD"):
        day = compliance[tag]["days"][told["days"].index(DAY)]
        assert {key: day[key] for key in ("verdict", "mean", "valid", "due")} == {
            key: days[tag][key] for key in ("verdict", "mean", "valid", "due")
        }
    assert (analysers["EFF_AIT_NH3"]["lost"], analysers["EFF_AIT_COD"]["lost"]) == ({"fault": 1}, {})
    assert told["alarms"]["by_priority"]["high"] >= 3
    assert told["alarms"]["acknowledged"] == 1
    assert (crews["乙班"]["turns"], crews["乙班"]["signed"]) == (1, 1)
    assert told["staff"]["log_entries"] >= 3


def assessment_tells(story: Story) -> None:
    """The person's month names the turn, with what was signed, and who answered the alarm."""
    sheet = story.get_as("department", f"assessment/people/{story.ids[ON_DUTY.name]}", month="2026-11")
    [turn] = [one for one in sheet["turns_judged"] if one["day"] == DAY]
    [answer] = [one for one in sheet["answers"] if one["key"] == TRIP]
    plant = story.get_as("department", "assessment", month="2026-11")
    row = next(one for one in plant["people"] if one["person"] == story.ids[ON_DUTY.name])

    assert (turn["shift"]["zh"], turn["crew"]["zh"], turn["name"]) == ("中班", "乙班", ON_DUTY.name)
    assert turn["signed_in"] is not None
    assert turn["signed_out"] is not None
    assert answer["alarm"] == story.journal(TRIP)[0]["occurrence"]
    assert (answer["by"], answer["acknowledged"]) == (ON_DUTY.name, story.journal(TRIP)[1]["at"])
    assert ON_DUTY.name in " ".join(answer["on_shift"])
    assert row["answered"]["acknowledged"] == 1


def influx_agrees(story: Story, days: dict[str, Any]) -> None:
    """The line protocol's server holds what the API tells: readings, hours, the day, the lost hour."""
    lines = story.lines
    assert lines is not None
    start_ms, lost_ms = (round(at.timestamp() * 1000) for at in (START, START + 23 * HOUR))

    def held_of(measurement: str, tag: str, field: str, at_ms: int) -> dict[str, dict[int, float]] | None:
        held = lines.held(measurement, tag)
        return held if at_ms in held.get(field, {}) else None

    for tag in ("EFF_AIT_COD", "EFF_AIT_NH3"):
        sent_day = partial(held_of, "compliance_day", tag, "mean", start_ms)
        day = eventually(sent_day, "the judged day is sent", 60, every=0.5)
        for field in ("mean", "valid", "due", "load_kg"):
            assert day[field][start_ms] == pytest.approx(days[tag][field], rel=1e-9), (tag, field)
        assert day["verdict"][start_ms] == 0
    sent_hour = partial(held_of, "analyser_hour", "EFF_AIT_NH3", "valid", lost_ms)
    hours = eventually(sent_hour, "the judged hour is sent", 60, every=0.5)
    assert (hours["due"][lost_ms], hours["valid"][lost_ms]) == (1, 0)
    assert (hours["due"][lost_ms - 3_600_000], hours["valid"][lost_ms - 3_600_000]) == (1, 1)

    def all_sent(tag: str, measurement: str, told: list[Any]) -> dict[int, float] | None:
        held = lines.held(measurement, tag).get("value", {})
        return held if all(one["value"] is None or _ms(one["time"]) in held for one in told) else None

    for tag, measurement in (("AE_DO1", "aerobic"), ("AE_NH31", "aerobic"), ("EFF_AIT_NH3", "effluent")):
        told = story.readings(tag, f"{DAY}T22:00:00+08:00", f"{AFTER}T00:30:00+08:00")
        held = eventually(partial(all_sent, tag, measurement, told), f"{tag} is sent", 60, every=0.5)
        for one in told:
            if one["value"] is not None:
                assert held[_ms(one["time"])] == pytest.approx(one["value"], rel=1e-6), (tag, one)
    figures = story.node.get(
        "/api/v1/figures",
        point="AE_DO1",
        period="hour",
        **{"from": (START - 3 * 24 * HOUR).isoformat(), "to": (START + 25 * HOUR).isoformat()},
    )["items"]
    means = {_ms(one["time"]): one["mean"] for one in figures}

    def hours_sent() -> dict[int, float] | None:
        sent = lines.held("hour", "AE_DO1").get("mean", {})
        return sent if len(sent.keys() & means.keys()) >= 3 else None

    # Figures go after the readings that they are of.
    sent = eventually(hours_sent, "the hours are sent", 120, every=0.5)
    same = sent.keys() & means.keys()
    assert {at: sent[at] for at in same} == pytest.approx({at: means[at] for at in same}, rel=1e-6)


def _ms(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp() * 1_000_000) // 1000
