"""The staff page: people, crews, posts and patterns. Nobody is ever deleted."""

from collections.abc import Collection
from typing import Any

from fastapi import APIRouter, Request, Response

from operations.access import Permission
from operations.roster.pattern import Pattern
from operations.roster.presets import Preset, presets
from telemetry.errors import Forbidden
from web import desk_words, words
from web.guard import principal_of
from web.language import Language
from web.page import Pages
from web.push_view import test_context


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page; what it changes goes to the API."""
    services = pages.services
    desk = services.desk

    @router.get("/staff")
    async def staff(request: Request, gone: bool = False) -> Response:
        """Show the staff; `gone` shows those who left too."""
        principal = principal_of(request)
        if not principal.may(Permission.MANAGE_STAFF):
            raise Forbidden("not_permitted", "the plant manager and the department keep the staff")
        language = pages.language(request)
        people, places = await desk.staff.list(), await desk.staff.places()
        today = desk.staff.today()
        standing = {
            one.person: one
            for one in places.memberships
            if one.valid_from <= today and (one.valid_to is None or today <= one.valid_to)
        }
        patterns = await desk.roster.patterns()
        offered = presets(sum(crew.active for crew in places.crews.values()))
        return pages.render(
            request,
            "staff.html",
            people=[member for member in people if member.active or gone],
            left=sum(not member.active for member in people),
            shows_gone=gone,
            standing=standing,
            crews=sorted(places.crews.values(), key=lambda crew: crew.code),
            posts=sorted(places.posts.values(), key=lambda post: (post.rank, post.code)),
            crew_of=places.crews,
            post_of=places.posts,
            categories=[
                (key, words.spoken(desk_words.CATEGORY, key, language)) for key in desk_words.CATEGORY
            ],
            category_words=desk_words.CATEGORY,
            patterns=[(language.name(kept.name), _shown(kept.pattern, language)) for kept in patterns],
            today=today,
            presets=[(one, language.name(one.name), one.begins(today)) for one in offered],
            preset_data=[_written(one) for one in offered],
            **test_context(services.pushes, language),
            refused={"contact_kind": _kinds_known(services.pushes.permitted.kinds, language)},
        )


def _written(preset: Preset) -> dict[str, Any]:
    """Return a preset as the API takes a pattern, but for its crews and its first day."""
    return {
        "code": preset.code,
        "name": {"zh": preset.name.zh, "en": preset.name.en},
        "shifts": [
            {
                "code": shift.code,
                "name": {"zh": shift.name.zh, "en": shift.name.en},
                "start": f"{shift.start:%H:%M}",
                "hours": shift.minutes // 60,
            }
            for shift in preset.shifts
        ],
        "cycle": [list(row) for row in preset.cycle],
    }


def _kinds_known(kinds: Collection[str], _: Language) -> str:
    said = desk_words.REFUSED["contact_kind"]
    return _(said, kinds=_.listed(f"{kind}://" for kind in sorted(kinds)))


def _shown(pattern: Pattern, _: Language) -> str:
    """Return a pattern's shifts with their hours."""
    return _.listed(f"{_.name(shift.name)} {shift.start:%H:%M}" for shift in pattern.shifts)
