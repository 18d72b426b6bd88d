"""Handing a turn over: what is due, starting it, signing it, adding to it, reading it again."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import Connection

from alarms.settings import Priority
from alarms.states import AlarmState
from operations.calls import StoreCalls
from operations.handover import records, rules
from operations.handover.choice import chosen
from operations.handover.collect import collect
from operations.handover.content import Content, frozen
from operations.handover.gather import gather
from operations.handover.records import Handover
from operations.handover.rules import Asking, Role, Standing
from operations.handover.settings import HandoverSettings
from operations.handover.sources import People, Sources
from operations.handover.tables import handover, handover_addendum, handover_signature
from operations.handover.turns import Turn, relief_of, turns_of
from operations.ledger import Ledger, texts_of
from operations.sent import sent_before
from storage.unit_of_work import reading
from telemetry.clock import US_PER_S, from_us
from telemetry.duty import Duty
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.people import Actor, clean

_BACK_US: Final = 36 * 3600 * US_PER_S
_AHEAD_US: Final = 36 * 3600 * US_PER_S

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Begin:
    """What the outgoing turn says when it begins: every text may be empty, checks are by `CHECKS`."""

    instructions: str = ""
    alarm_reason: str = ""
    checks: Mapping[str, bool] | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words that a frozen handover is shown with: persons' names, log entries' texts by record."""

    names: Mapping[UUID, str]
    texts: Mapping[UUID, Mapping[str, str]]


class Handovers:
    """The handovers of a node. Calls ask the people's store off the loop; StoreAway while it is away."""

    def __init__(
        self,
        ledger: Ledger,
        calls: StoreCalls,
        duty: Duty,
        people: People,
        sources: Sources,
        settings: HandoverSettings,
    ) -> None:
        self._ledger = ledger
        self._calls = calls
        self._duty = duty
        self._people = people
        self._sources = sources
        self._settings = settings
        self._clock = ledger.clock
        self._choice = chosen(sources.plant)
        self._one_at_a_time = asyncio.Lock()

    async def standing(self) -> Standing | None:
        """Return which turn is to hand over and how far that is; None where no roster was published."""
        now_us = self._clock.now_us()
        turns = await self._turns(now_us)
        signed = await self._signed(turns)
        return rules.standing(turns, signed, now_us, self._settings)

    async def asking(self, account: UUID, manages: bool) -> Asking:
        """Return who asks."""
        return Asking(account, await self._people.person_of(account), manages)

    async def preview(self, found: Standing) -> Content:
        """Return what a handover would say if it began now."""
        return await self._content(found)

    async def start(self, begin: Begin, actor: Actor, manages: bool) -> Handover:
        """Freeze the handover of the turn that is due.

        Conflict: no_turn, handover_exists, handover_too_early, alarm_unanswered. Forbidden:
        not_of_the_turn. StoreError where it is not kept.
        """
        instructions, reason = clean(begin.instructions), clean(begin.alarm_reason)
        checks = dict(begin.checks or {})
        if unknown := set(checks) - set(rules.CHECKS):
            raise Invalid("unknown_check", f"there is no check {min(unknown)}")
        found, asking = await asyncio.gather(self.standing(), self.asking(actor.account_id, manages))
        if found is None:
            raise Conflict("no_turn", "no roster was published for this time: nobody hands over to nobody")
        content = replace(await self._content(found), checks=checks)
        waiting = rules.unanswered(content.alarms)
        rules.check_start(found, asking, waiting, reason)
        texts = {"instructions": instructions, "name": actor.name, "alarm_reason": reason if waiting else ""}
        journal = await asyncio.to_thread(self._sources.journal_head)
        return await self._calls.call(self._start, content, asking, waiting, journal, texts, actor)

    async def sign(
        self, handover_id: UUID, role: Role, actor: Actor, manages: bool, *, reason: str = "", note: str = ""
    ) -> Handover:
        """Sign for a turn, from one's own account.

        Conflict: already_signed, outgoing_not_signed, same_person, alarm_unanswered. Forbidden:
        not_of_the_turn, not_of_the_next_turn. Invalid: reason_missing. NotFound.
        """
        reason, note = clean(reason), clean(note)
        held = await self.one(handover_id)
        asking = await self.asking(actor.account_id, manages)
        outgoing, incoming = await self._members(held)
        waiting = self._waiting()
        return await self._calls.call(
            self._sign, held, role, asking, (outgoing, incoming), waiting, (reason, note), actor
        )

    async def add(self, handover_id: UUID, text: str, actor: Actor, id: UUID | None = None) -> Handover:
        """Add to a frozen handover; what stands in it stays as it is. Invalid: text_missing. NotFound.

        Sent again under an id of the sender's, it is written once.
        """
        said = clean(text)
        if not said:
            raise Invalid("text_missing", "say what is to be added")
        person = await self._people.person_of(actor.account_id)
        return await self._calls.call(self._add, handover_id, said, person, actor, id)

    async def one(self, handover_id: UUID) -> Handover:
        """Return a handover; NotFound."""
        return await self._calls.call(self._one, handover_id)

    async def of_turn(self, turn: str) -> Handover | None:
        """Return the handover of a turn, None where it was not started."""
        return await self._calls.call(self._read, records.of_turn, turn)

    async def listed(self, before_us: int | None, limit: int) -> list[Handover]:
        """Return handovers, the newest turn first; `before_us` is the `position` of the last one seen."""
        return await self._calls.call(self._read, records.page, before_us, limit)

    async def signed(self, from_us: int, to_us: int) -> int:
        """Return how many turns that ended in [from, to) were handed over, with both signatures."""
        return await self._calls.call(self._read, records.signed, from_us, to_us)

    async def spoken(self, content: Content, also: Collection[UUID] = ()) -> Spoken:
        """Return the names and words that a content is shown with."""
        persons = sorted(content.persons | set(also))
        texts = self._calls.call(self._texts, [line.record for line in content.log])
        names, said = await asyncio.gather(self._people.names(persons), texts)
        return Spoken(names, said)

    def unstated(self, held: Handover) -> bool:
        """Return whether a high alarm waits for an answer that no reason was given for at the start."""
        return any(alarm not in held.unanswered for alarm in self._waiting())

    async def members(self, held: Handover) -> tuple[set[UUID], set[UUID]]:
        """Return who may sign a handover: the outgoing turn's people, and the incoming one's."""
        return await self._members(held)

    # --- off the loop ---------------------------------------------------------------------------

    def _start(
        self,
        content: Content,
        asking: Asking,
        waiting: Sequence[UUID],
        journal: tuple[int, bytes],
        texts: Mapping[str, str],
        actor: Actor,
    ) -> Handover:
        outgoing, incoming = content.outgoing, content.incoming
        with self._ledger.writing() as page:
            if records.of_turn(page.connection, self._ledger.plant, outgoing.key) is not None:
                raise Conflict("handover_exists", f"the handover of {outgoing.key} has begun already")
            values = {
                "turn": outgoing.key,
                "start_us": outgoing.start_us,
                "end_us": outgoing.end_us,
                "outgoing_crew": outgoing.crew,
                "incoming_turn": None if incoming is None else incoming.key,
                "incoming_crew": None if incoming is None else incoming.crew,
                "person": asking.person,
                "unanswered": [str(alarm) for alarm in waiting],
                "content": frozen(content),
                "ledger_records": page.head.records,
                "ledger_hash": page.head.hash,
                "journal_records": journal[0],
                "journal_hash": journal[1],
            }
            record = page.add(handover, values, texts, actor)
            return self._kept(page.connection, record)

    def _sign(
        self,
        held: Handover,
        role: Role,
        asking: Asking,
        members: tuple[Collection[UUID], Collection[UUID]],
        waiting: Sequence[UUID],
        said: tuple[str, str],
        actor: Actor,
    ) -> Handover:
        reason, note = said
        with self._ledger.writing() as page:
            now = self._kept(page.connection, held.id)
            signed = {key: (one.person, one.account) for key, one in now.signed.items()}
            rules.check_sign(role, asking, *members, signed, reason)
            rules.check_alarms(waiting, now.unanswered, reason)
            values = {
                "handover": held.id,
                "role": role.value,
                "person": asking.person,
                "unanswered": [str(alarm) for alarm in waiting],
            }
            texts = {"name": actor.name, "reason": reason, "note": note}
            page.add(handover_signature, values, texts, actor)
            return self._kept(page.connection, held.id)

    def _add(
        self, handover_id: UUID, text: str, person: UUID | None, actor: Actor, id: UUID | None
    ) -> Handover:
        with self._ledger.writing() as page:
            self._kept(page.connection, handover_id)
            asked = {"handover": handover_id}
            if not sent_before(page, handover_addendum, id, actor, asked, {"text": text}):
                texts = {"text": text, "name": actor.name}
                page.add(handover_addendum, asked | {"person": person}, texts, actor, id)
            return self._kept(page.connection, handover_id)

    def _one(self, handover_id: UUID) -> Handover:
        with reading(self._ledger.engine) as connection:
            return self._kept(connection, handover_id)

    def _kept(self, connection: Connection, handover_id: UUID) -> Handover:
        found = records.by_id(connection, self._ledger.plant, handover_id)
        if found is None:
            raise NotFound("handover_not_found", f"there is no handover {handover_id}")
        return found

    def _read(self, query: Callable[..., T], *asked: object) -> T:
        with reading(self._ledger.engine) as connection:
            return query(connection, self._ledger.plant, *asked)

    def _texts(self, of: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
        with reading(self._ledger.engine) as connection:
            return texts_of(connection, of)

    # --- what is asked of others ----------------------------------------------------------------

    async def _turns(self, now_us: int) -> list[Turn]:
        return turns_of(await self._duty.between(now_us - _BACK_US, now_us + _AHEAD_US))

    async def _signed(self, turns: Sequence[Turn]) -> dict[str, set[Role]]:
        keys = [turn.shift.key for turn in turns]
        return await self._calls.call(self._read, records.roles_signed, keys) if keys else {}

    async def _content(self, found: Standing) -> Content:
        now_us = self._clock.now_us()
        async with self._one_at_a_time:
            gathered = await gather(self._sources, self._choice, found.outgoing, found.incoming, now_us)
        day = from_us(now_us).astimezone(self._sources.plant.timezone).date()
        return await asyncio.to_thread(collect, gathered, self._choice, self._sources.plant, day)

    async def _members(self, held: Handover) -> tuple[set[UUID], set[UUID]]:
        """Return who stands on the two turns as the roster says now: it may have been amended since."""
        outgoing = held.content.outgoing
        turns = turns_of(await self._duty.between(outgoing.start_us, outgoing.end_us + _AHEAD_US))
        own = next((turn for turn in turns if turn.shift.key == outgoing.key), None)
        leaving = {member.person for member in outgoing.members}
        if own is None:
            return leaving, set()
        relief = relief_of(own, turns)
        coming = set() if relief is None else {member.person for member in relief.members}
        return leaving | {member.person for member in own.members}, coming

    def _waiting(self) -> tuple[UUID, ...]:
        return tuple(
            alarm.id
            for alarm in self._sources.active()
            if alarm.state is AlarmState.UNACKNOWLEDGED and alarm.priority >= Priority.HIGH
        )
