"""The demo's accounts, staff, crews, posts and roster, made at the first start."""

from datetime import timedelta

from app.life.cast import CAST, CREWS, POSTS
from app.life.told_clock import ToldClock
from app.life.turns import pattern_with_first_on_shift, published
from operations.access import Role
from operations.accounts import Accounts
from operations.desk import Desk
from operations.staff.records import NewStaff
from telemetry.calendar import Calendar
from telemetry.people import Actor
from telemetry.plant import Name


def seed_accounts(accounts: Accounts, password: str) -> None:
    """Add the accounts that are missing: one for each role, named like it, and one for each of the cast."""
    roles = {role.value: role for role in Role} | {one.account: one.role for one in CAST}
    accounts.seed(roles, password, by="demo", shortest=len(password))


async def seed_people(
    desk: Desk, clock: ToldClock, accounts: Accounts, begun_us: int, calendar: Calendar
) -> None:
    """Add what is missing of the cast and its roster, as of before the demo's history begins."""
    first, last = published(begun_us, calendar)
    clock.at_us = calendar.start_us(first - timedelta(days=7))
    by = actors_of(accounts)["manager"]
    places = await desk.staff.places()
    crews = {crew.code: crew.crew for crew in places.crews.values()}
    for code, name in CREWS:
        crews[code] = crews.get(code) or await desk.staff.set_crew(code, name, by)
    posts = {post.code: post.post for post in places.posts.values()}
    for place in POSTS:
        posts[place.code] = posts.get(place.code) or await desk.staff.set_post(place, by)
    known = {member.number: member.person for member in await desk.staff.list()}
    placed = {one.person for one in places.memberships}
    for one in CAST:
        new = NewStaff(one.number, one.name, one.category, one.qualifications, one.account)
        person = known.get(one.number) or (await desk.staff.add(new, by)).person
        if one.crew and one.post and person not in placed:
            await desk.staff.join(person, crews[one.crew], posts[one.post], by, first)
    kept = next((kept.id for kept in await desk.roster.patterns()), None)
    if kept is None:
        pattern = pattern_with_first_on_shift([crews[code] for code, _ in CREWS], begun_us, calendar)
        name = Name("四班三运转", "Four crews, three shifts")
        kept = await desk.roster.set_pattern("4x3", name, pattern, by)
    while first <= last:
        following = (first + timedelta(days=32)).replace(day=1)
        if not (await desk.roster.month(first)).lines:
            await desk.roster.publish(kept, first, following - timedelta(days=1), by)
        clock.at_us += 60_000_000
        first = following


def actors_of(accounts: Accounts) -> dict[str, Actor]:
    """Return who acts by the account's name."""
    return {account.name: Actor(account.id, account.name) for account in accounts.list()}
