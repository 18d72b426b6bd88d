"""Findings as the store has them: questions, no changes."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, RowMapping, Select, select

from operations.attendance.kinds import Sentence, SlipKind
from operations.attendance.turns import approved_after
from operations.findings.life import Step, life_of
from operations.findings.records import Finding, FindingEvent
from operations.findings.tables import finding, finding_event, wage
from operations.ledger import texts_of
from operations.money import yuan
from operations.rules.sets import RuleSets
from operations.staff import people
from storage.portions import portions

_BY_APPROVAL: Final = (SlipKind.LATE, SlipKind.EARLY, SlipKind.ABSENCE)
_SWALLOWED: Final = (SlipKind.LATE, SlipKind.EARLY)


def between(
    connection: Connection,
    plant: str,
    rules: RuleSets,
    from_day: date,
    to_day: date,
    persons: Collection[UUID] | None = None,
) -> list[Finding]:
    """Return the findings of days, both included, the latest first."""
    query = select(finding).where(
        finding.c.plant == plant, finding.c.day >= from_day, finding.c.day <= to_day
    )
    if persons is not None:
        query = query.where(finding.c.person.in_(persons))
    return _told(connection, plant, rules, query)


def one(connection: Connection, plant: str, rules: RuleSets, id: UUID) -> Finding | None:
    """Return a finding."""
    query = select(finding).where(finding.c.plant == plant, finding.c.id == id)
    found = _told(connection, plant, rules, query)
    return found[0] if found else None


def subjects(connection: Connection, plant: str, keys: Sequence[str]) -> set[str]:
    """Return which proposals became findings, whatever became of these."""
    found: set[str] = set()
    for some in portions(keys):
        query = select(finding.c.subject).where(finding.c.plant == plant, finding.c.subject.in_(some))
        found |= set(connection.execute(query).scalars())
    return found


def wages(
    connection: Connection, plant: str, day: date, persons: Collection[UUID] | None = None
) -> dict[UUID, tuple[Decimal | None, Decimal | None]]:
    """Return what is entered of people's wages on a day: the month's and the day's, yuan."""
    query = (
        select(wage.c.person, wage.c.id)
        .where(wage.c.plant == plant, wage.c.valid_from <= day)
        .order_by(wage.c.valid_from, wage.c.seq)
    )
    if persons is not None:
        query = query.where(wage.c.person.in_(persons))
    newest = {row.person: row.id for row in connection.execute(query)}
    texts = texts_of(connection, list(newest.values()))
    return {
        person: (_number(texts[id].get("month_yuan")), _number(texts[id].get("day_yuan")))
        for person, id in newest.items()
    }


def _number(text: str | None) -> Decimal | None:
    return None if text is None else yuan(text)


def _told(connection: Connection, plant: str, rules: RuleSets, query: Select[Any]) -> list[Finding]:
    ordered = query.order_by(finding.c.day.desc(), finding.c.at_us.desc(), finding.c.seq.desc())
    rows = connection.execute(ordered).mappings().all()
    if not rows:
        return []
    texts = texts_of(connection, [row["id"] for row in rows])
    events = _events(connection, plant, [row["id"] for row in rows])
    approved = approved_after(connection, plant, [row["entry"] for row in rows if row["entry"] is not None])
    absences = _absences(connection, plant, rules, rows)
    members = people.versions(connection, plant, {row["person"] for row in rows})
    posts = people.posts(connection, plant)
    actors = people.actor_names(connection, plant, [row["actor_id"] for row in rows])
    found = []
    for row in rows:
        held = rules.named(row["rule_set"])
        voids = held is not None and held.late_approval_voids and SlipKind(row["kind"]) in _BY_APPROVAL
        approval = approved.get(row["entry"]) if voids else None
        own = events[row["id"]]
        absence = absences.get(row["entry"]) if _goes_into_absence(row, rules) else None
        life = life_of([event.step for event in own], approval, absence)
        member = people.on_day(members[row["person"]], row["day"])
        found.append(
            Finding(
                **_columns(row),
                number=member.number,
                name=member.name,
                post_name=posts[row["post"]].name if row["post"] in posts else None,
                what=texts[row["id"]].get("what", ""),
                place=texts[row["id"]].get("place", ""),
                by_id=row["actor_id"],
                by=actors.get(row["actor_id"]) if row["actor_id"] else None,
                life=life,
                counts=held is not None and life.counts(held.slips.needs),
                approved_after=approval,
                swallowed_by=absence,
                events=tuple(own),
            )
        )
    return found


def _goes_into_absence(row: RowMapping, rules: RuleSets) -> bool:
    """Return whether late or early goes into an absence of its shift, by the clause it was made under."""
    held = rules.named(row["rule_set"])
    clause = None if held is None else held.clauses.get(row["clause"])
    return SlipKind(row["kind"]) in _SWALLOWED and clause is not None and clause.absence_swallows


def _absences(
    connection: Connection, plant: str, rules: RuleSets, rows: Sequence[RowMapping]
) -> dict[UUID, UUID]:
    """Return the absences that count of the shifts on which somebody was late or early too, by entry."""
    asked = [row["entry"] for row in rows if row["entry"] and _goes_into_absence(row, rules)]
    found: dict[UUID, UUID] = {}
    for some in portions(asked):
        query = select(finding).where(
            finding.c.plant == plant,
            finding.c.kind == SlipKind.ABSENCE.value,
            finding.c.entry.in_(some),
        )
        told = _told(connection, plant, rules, query)
        found |= {one.entry: one.id for one in told if one.counts and one.entry is not None}
    return found


def _columns(row: RowMapping) -> dict[str, Any]:
    names = (
        "id", "item", "person", "post", "crew", "entry", "occasion", "subject", "day", "at_us", "minutes",
        "rule_set", "clause", "amount_yuan", "takes_day_wage", "recorded_us",
    )  # fmt: skip
    said = {"kind": SlipKind(row["kind"]), "sentence": Sentence(row["sentence"])}
    return (
        {name: row[name] for name in names}
        | said
        | {"amount_yuan": yuan(row["amount_yuan"]), "evidence": row["evidence"] or {}}
    )


def _events(connection: Connection, plant: str, ids: Sequence[UUID]) -> dict[UUID, list[FindingEvent]]:
    found: dict[UUID, list[FindingEvent]] = defaultdict(list)
    for some in portions(ids):
        ordered = select(finding_event).where(finding_event.c.finding.in_(some)).order_by(finding_event.c.seq)
        rows = connection.execute(ordered).mappings().all()
        texts = texts_of(connection, [row["id"] for row in rows])
        actors = people.actor_names(connection, plant, [row["actor_id"] for row in rows])
        for row in rows:
            event = FindingEvent(
                id=row["id"],
                step=Step(row["step"]),
                at_us=row["recorded_us"],
                by_id=row["actor_id"],
                by=actors.get(row["actor_id"]) if row["actor_id"] else None,
                note=texts[row["id"]].get("note", ""),
                witness=texts[row["id"]].get("witness", ""),
                cause=row["cause"],
            )
            found[row["finding"]].append(event)
    return found
