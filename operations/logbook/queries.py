"""Questions to the logbook's tables, the same on SQLite and PostgreSQL."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, RowMapping, Select, and_, func, or_, select

from operations.ledger import texts_of
from operations.logbook.records import (
    Amendment,
    Asked,
    Author,
    Entered,
    FollowUp,
    LogEntry,
    LogKind,
    Photo,
    Raised,
    Reading,
)
from operations.logbook.subjects import folded, key, words_of
from operations.logbook.tables import log_entry, log_photo
from operations.records import record_text
from operations.staff.people import persons_names
from storage.portions import portions

_E: Final = log_entry.c
_IS_ENTRY: Final = _E.entry == _E.thread
_Texts = Mapping[UUID, Mapping[str, str]]


def page(connection: Connection, plant: str, asked: Asked, limit: int) -> list[LogEntry]:
    """Return the newest entries that are asked for, by the time they are of."""
    query = _asked(plant, asked)
    if words := words_of(asked.words):
        # Shown is the person's name, kept the account's: whoever reads the one looks for it.
        names = persons_names(connection, plant)
        for word in words:
            query = query.where(_E.thread.in_(_with(word, _called(word, names))))
    query = query.order_by(_E.at_us.desc(), _E.seq.desc()).limit(limit)
    return _whole(connection, connection.execute(query).mappings().all())


def between(connection: Connection, plant: str, from_us: int, to_us: int, limit: int) -> list[LogEntry]:
    """Return the entries of [from, to), oldest first."""
    query = _asked(plant, Asked(from_us=from_us, to_us=to_us)).order_by(_E.at_us, _E.seq).limit(limit)
    return _whole(connection, connection.execute(query).mappings().all())


def counted(connection: Connection, plant: str, from_us: int, to_us: int) -> int:
    """Return how many entries there are of [from, to)."""
    mine = (_E.plant == plant, _IS_ENTRY, _E.at_us >= from_us, _E.at_us < to_us)
    return connection.execute(select(func.count()).select_from(log_entry).where(*mine)).scalar_one()


def one(connection: Connection, plant: str, entry: UUID) -> LogEntry | None:
    """Return an entry with all that belongs to it."""
    query = select(log_entry).where(_E.plant == plant, _E.entry == entry, _IS_ENTRY)
    found = _whole(connection, connection.execute(query).mappings().all())
    return found[0] if found else None


def some(connection: Connection, plant: str, entries: Sequence[UUID]) -> list[LogEntry]:
    """Return entries by their ids, in no order; what is not there is left out."""
    found = []
    for ids in portions(entries):
        query = select(log_entry).where(_E.plant == plant, _E.entry.in_(ids), _IS_ENTRY)
        found += _whole(connection, connection.execute(query).mappings().all())
    return found


def photos_held(connection: Connection, plant: str, photos: Sequence[str]) -> set[str]:
    """Return which of some photos belong to an entry."""
    held = log_photo.c
    query = select(held.sha256).where(held.plant == plant, held.sha256.in_(photos)).distinct()
    return set(connection.execute(query).scalars())


def row_of(connection: Connection, entry: UUID) -> RowMapping | None:
    """Return the row of this id: an entry, an amendment or a follow-up, of whatever plant."""
    return connection.execute(select(log_entry).where(_E.entry == entry)).mappings().one_or_none()


def logged(connection: Connection, alarm: UUID) -> bool:
    """Return whether an occurrence of an alarm stands in the log."""
    return connection.execute(select(_E.id).where(_E.alarm == alarm)).first() is not None


def newest_of_rule(connection: Connection, plant: str, rule: str, until_us: int) -> RowMapping | None:
    """Return the newest entry that an alarm rule made, until a time."""
    query = select(log_entry).where(_E.plant == plant, _E.rule == rule, _IS_ENTRY, _E.at_us <= until_us)
    return connection.execute(query.order_by(_E.at_us.desc()).limit(1)).mappings().one_or_none()


def raised_again(connection: Connection, thread: UUID) -> int:
    """Return how often the alarm of an entry was added to it."""
    query = select(func.count()).where(_E.thread == thread, _E.alarm.is_not(None), ~_IS_ENTRY)
    return connection.execute(query).scalar_one()


def newest_alarm_us(connection: Connection, node: str) -> int | None:
    """Return the time of the newest alarm that a node put into the log."""
    query = select(func.max(_E.at_us)).where(_E.node == node, _E.alarm.is_not(None))
    found: int | None = connection.execute(query).scalar_one()
    return found


def size_of(connection: Connection, thread: UUID) -> int:
    """Return how many rows an entry has, with what belongs to it."""
    return connection.execute(select(func.count()).where(_E.thread == thread)).scalar_one()


def photos_of(connection: Connection, entry: UUID) -> list[str]:
    """Return the photos of an entry."""
    query = select(log_photo.c.sha256).where(log_photo.c.entry == entry).order_by(log_photo.c.seq)
    return list(connection.execute(query).scalars())


def _asked(plant: str, asked: Asked) -> Select[Any]:
    query = select(log_entry).where(_E.plant == plant, _IS_ENTRY)
    if asked.kind is not None:
        query = query.where(_E.kind == asked.kind.value)
    for what in ("unit", "tag", "equipment", "crew", "person"):
        value = getattr(asked, what)
        if value is not None:
            query = query.where(_E.subjects.contains(key(what, value), autoescape=True))
    if asked.from_us is not None:
        query = query.where(_E.at_us >= asked.from_us)
    if asked.to_us is not None:
        query = query.where(_E.at_us < asked.to_us)
    if asked.before is not None:
        at_us, seq = asked.before
        query = query.where(or_(_E.at_us < at_us, and_(_E.at_us == at_us, _E.seq < seq)))
    return query


def _called(word: str, names: Mapping[UUID, str]) -> list[UUID]:
    """Return the accounts of the people in whose names a word stands."""
    return [account for account, name in names.items() if word.casefold() in folded(name).casefold()]


def _with(word: str, authors: Sequence[UUID]) -> Select[Any]:
    """Return the threads in which a word stands: in any words of theirs, or in what they are about.

    And those to which one of some authors wrote.
    """
    joined = log_entry.outerjoin(record_text, record_text.c.record == _E.id)
    stands = or_(
        record_text.c.text.icontains(word, autoescape=True),
        _E.about.icontains(word, autoescape=True),
        _E.actor_id.in_(authors),
    )
    return select(_E.thread).select_from(joined).where(stands)


def _whole(connection: Connection, rows: Sequence[RowMapping]) -> list[LogEntry]:
    """Return entries with what belongs to them, in the order of their rows."""
    threads = [row["thread"] for row in rows]
    more: dict[UUID, list[RowMapping]] = {thread: [] for thread in threads}
    pictures: dict[UUID, list[RowMapping]] = {thread: [] for thread in threads}
    for some in portions(threads):
        query = select(log_entry).where(_E.thread.in_(some), ~_IS_ENTRY)
        for row in connection.execute(query.order_by(_E.seq)).mappings():
            more[row["thread"]].append(row)
        photos = select(log_photo).where(log_photo.c.entry.in_(some))
        for row in connection.execute(photos.order_by(log_photo.c.seq)).mappings():
            pictures[row["entry"]].append(row)
    beside = [row["id"] for found in (more, pictures) for thread in found.values() for row in thread]
    texts: _Texts = texts_of(connection, [row["id"] for row in rows] + beside)
    if rows:
        every = [*rows, *(row for group in (more, pictures) for own in group.values() for row in own)]
        texts = _with_names(connection, every, texts)
    return [_entry(row, more[row["thread"]], pictures[row["thread"]], texts) for row in rows]


def _with_names(connection: Connection, rows: Sequence[RowMapping], texts: _Texts) -> _Texts:
    """Return texts in which authors have the person's name; kept is the account's, of the time of writing."""
    names = persons_names(connection, rows[0]["plant"], {row["actor_id"] for row in rows})
    named = {row["id"]: names[row["actor_id"]] for row in rows if row["actor_id"] in names}
    return {
        id: {**said, "author": named[id]} if id in named and "author" in said else said
        for id, said in texts.items()
    }


def _entry(
    row: RowMapping, more: Iterable[RowMapping], photos: Iterable[RowMapping], texts: _Texts
) -> LogEntry:
    text = texts[row["id"]].get("text", "")
    amendments: list[Amendment] = []
    follow_ups: list[FollowUp] = []
    for other in more:
        said = texts[other["id"]]
        if other["amends"] is None:
            follow_ups.append(_follow_up(other, texts))
            continue
        by = Author(other["actor_id"], said.get("author", ""))
        new = said.get("text", "")
        amendments.append(
            Amendment(
                other["entry"], other["id"], text, new, said.get("reason", ""), by, other["recorded_us"]
            )
        )
        text = new
    return LogEntry(
        id=row["entry"],
        record=row["id"],
        seq=row["seq"],
        kind=LogKind(row["kind"]),
        at_us=row["at_us"],
        recorded_us=row["recorded_us"],
        by=_author(row, texts),
        person=row["person"],
        turn=row["turn"],
        unit=row["unit"],
        tags=tuple(row["tags"] or ()),
        equipment=tuple(row["equipment"] or ()),
        on_shift=tuple(UUID(found) for found in row["on_shift"] or ()),
        text=text,
        readings=tuple(Reading(**found) for found in row["readings"] or ()),
        entered=tuple(
            Entered(found["tag"], found["value"], UUID(found["entry"])) for found in row["entered"] or ()
        ),
        alarm=row["alarm"],
        raised=_raised(row),
        amendments=tuple(amendments),
        follow_ups=tuple(follow_ups),
        photos=tuple(_photo(photo, texts) for photo in photos),
    )


def _follow_up(row: RowMapping, texts: _Texts) -> FollowUp:
    return FollowUp(
        id=row["entry"],
        at_us=row["at_us"],
        recorded_us=row["recorded_us"],
        text=texts[row["id"]].get("text", ""),
        by=_author(row, texts),
        raised=_raised(row),
        alarm=row["alarm"],
    )


def _photo(row: RowMapping, texts: _Texts) -> Photo:
    by = Author(row["actor_id"], texts[row["id"]].get("author", ""))
    return Photo(row["sha256"], row["width"], row["height"], row["bytes"], by, row["recorded_us"])


def _author(row: RowMapping, texts: _Texts) -> Author | None:
    if row["actor_id"] is None:
        return None
    return Author(row["actor_id"], texts[row["id"]].get("author", ""))


def _raised(row: RowMapping) -> Raised | None:
    return None if row["raised"] is None else Raised(**row["raised"])
