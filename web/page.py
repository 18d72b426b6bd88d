"""What every page shares: its template environment, its language and theme, its head and navigation."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FunctionLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from alarms.states import AlarmState
from operations.access import Principal
from telemetry.clock import from_us
from web import formats, judged_words, script_words, words
from web import language as languages
from web.account_names import AccountNames
from web.alarm_view import AlarmSpeaker
from web.assets import Assets
from web.judged_now import JudgedLine
from web.language import Language
from web.navigation import tabs_for
from web.on_shift import CrewLine
from web.present import Presenter
from web.services import WebServices

THEME_COOKIE: Final = "outfall_theme"
THEMES: Final = {"auto": "(prefers-color-scheme: dark)", "light": "not all", "dark": "all"}
"""When the dark theme's colours hold, as a media query, by what was chosen."""
_PREFERENCE_S: Final = 365 * 86400
_TEMPLATES: Final = Path(__file__).parent / "templates"
_SUBSCRIPTS: Final = {
    "NH3": "NH<sub>3</sub>",
    "NO3": "NO<sub>3</sub>",
    "H2S": "H<sub>2</sub>S",
    "BOD5": "BOD<sub>5</sub>",
}


class Pages:
    """Renders templates for a request."""

    def __init__(self, services: WebServices, assets: Assets) -> None:
        self.services = services
        self.assets = assets
        self.crew = CrewLine(services.desk.duty, services.folder.calendar, services.clock)
        self.names = AccountNames(services.desk.staff, services.clock)
        self.judged = JudgedLine(services.judgements, services.folder, services.clock)
        self._languages = languages.speakers()
        self._environment = _environment(assets)
        self.build = _fingerprint(services, assets)

    def language(self, request: Request) -> Language:
        """Return the language a request is answered in."""
        asked = request.query_params.get("lang")
        kept = request.cookies.get(languages.COOKIE)
        accepted = request.headers.get("accept-language")
        return self._languages[languages.choose(asked, kept, accepted)]

    def speaker(self, request: Request, now_us: int, names: Mapping[UUID, str] | None = None) -> AlarmSpeaker:
        """Return who puts alarms into words for a request; `names` are the persons' of accounts."""
        return AlarmSpeaker(self.services.folder, self.language(request), now_us, names or {})

    def presenter(self, request: Request, now_us: int) -> Presenter:
        """Return who puts present values into words for a request."""
        return Presenter(self.services.live.latest, now_us, self.language(request))

    def unacknowledged(self) -> int:
        """Return how many alarms wait for an answer."""
        waiting = (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED)
        return sum(alarm.state in waiting for alarm in self.services.alarms.active())

    def local(self, us: int) -> datetime:
        """Return a time in the plant's zone."""
        return from_us(us).astimezone(self.services.folder.plant.timezone)

    def render(
        self, request: Request, template: str, *, status_code: int = 200, **context: Any
    ) -> HTMLResponse:
        """Answer with a template; `?lang=` and `?theme=` are kept in cookies from then on."""
        language = self.language(request)
        theme = _theme(request)
        shared = self._shared(request, language, theme)
        text = self._environment.get_template(template).render(shared | context)
        response = HTMLResponse(text, status_code=status_code)
        response.headers["Cache-Control"] = "no-store"
        for parameter, cookie, value in (
            ("lang", languages.COOKIE, language.tag),
            ("theme", THEME_COOKIE, theme),
        ):
            if parameter in request.query_params:
                secure = request.url.scheme == "https"
                response.set_cookie(cookie, value, _PREFERENCE_S, samesite="lax", secure=secure)
        return response

    def error(self, request: Request, status: int, detail: str, code: str = "") -> HTMLResponse:
        """Answer with what failed and what to do about it."""
        title, advice = _failure(status, code, self.language(request))
        return self._failed(request, status, title, advice, detail)

    def people_away(self, request: Request) -> HTMLResponse:
        """Answer that accounts cannot be reached, so that nobody knows who asks."""
        title, advice = _people_away(self.language(request))
        return self._failed(request, 503, title, advice, "")

    def _failed(self, request: Request, status: int, title: str, advice: str, detail: str) -> HTMLResponse:
        safe = request.method in ("GET", "HEAD") and status not in (403, 404)
        return self.render(
            request,
            "error.html",
            status_code=status,
            status=status,
            title=title,
            advice=advice,
            detail=detail,
            retry=request.url.path if safe else None,
        )

    def _shared(self, request: Request, language: Language, theme: str) -> dict[str, Any]:
        principal: Principal | None = getattr(request.state, "principal", None)
        folder = self.services.folder
        now_us = self.services.clock.now_us()
        return {
            "_": language,
            "ngettext": language.ngettext,
            "language": language,
            "theme": theme,
            "dark_media": THEMES[theme],
            "plant": folder.plant,
            "preparing": self.services.preparing(),
            "principal": principal,
            "role": "" if principal is None else words.spoken(words.ROLE, principal.role.value, language),
            "tabs": tabs_for(principal),
            "csrf": getattr(request.state, "csrf", None) or "",
            "build": self.build,
            "unacknowledged": self.unacknowledged(),
            "now": self.local(now_us),
            "with_query": _with_query(request),
            "script_settings": _script_settings(language, self.services, now_us),
        }


def _templates_of(folder: Path) -> dict[str, tuple[str, str, Callable[[], bool]]]:
    """Return every template with its file's path, by name.

    All are read at the start: a page that is opened first when an update lies on the disk already must not
    be of another version than the code that runs. Made ready they take a hundred times as long.
    """
    return {
        path.relative_to(folder).as_posix(): (path.read_text(encoding="utf-8"), str(path), lambda: True)
        for path in folder.rglob("*.*")
    }


def _environment(assets: Assets) -> Environment:
    environment = Environment(
        loader=FunctionLoader(_templates_of(_TEMPLATES).get),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = assets.url
    environment.globals["spoken"] = _spoken
    environment.globals["tables"] = words
    environment.globals["judged_words"] = judged_words
    environment.filters["chemical"] = chemical
    environment.filters["data"] = _data
    environment.filters["measured"] = formats.number
    environment.filters["urlencode_with"] = _urlencode_with
    return environment


@pass_context
def _spoken(context: Context, table: Mapping[str, str], key: str) -> str:
    return words.spoken(table, key, context["language"])


def chemical(text: str) -> Markup:
    """Return a label with its formulas' digits set low: NH3-N, BOD5."""
    marked = str(escape(text))
    for plain, low in _SUBSCRIPTS.items():
        marked = marked.replace(plain, low)
    return Markup(marked)


def _data(value: Any) -> Markup:
    """Return JSON for a data block: what could end the block is written as an escape."""
    text = orjson.dumps(value).decode()
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _urlencode_with(query: Mapping[str, str], key: str, value: str) -> str:
    """Return a query with another value for one parameter, without it where that is empty."""
    return urlencode({**{k: v for k, v in query.items() if k != key}, **({key: value} if value else {})})


def _failure(status: int, code: str, _: Language) -> tuple[str, str]:
    """Return what failed in a few words, and what to do about it."""
    if status == 401:
        return _("Not signed in"), _("Sign in to go on.")
    if code in ("cross_origin", "csrf_failed"):
        return _("The page is out of date"), _("Open it anew from this console, then do it again.")
    if status == 403:
        return _("Not permitted"), _("Your role does not allow this. Ask the plant manager if it should.")
    if status == 404:
        return _("Nothing here"), _("The address leads nowhere; it may have been mistyped or be out of date.")
    if status in (429, 503):
        return _("Not available at present"), _("The plant goes on being watched. Try again in a moment.")
    if status >= 500:
        return _("Something failed here"), _(
            "It was logged. Try again; if it stays, tell whoever runs this system."
        )
    return _("That did not work"), _("Go back, check what was entered and try again.")


def _people_away(_: Language) -> tuple[str, str]:
    return _("Accounts cannot be reached"), _(
        "Nobody can sign in until their database answers. The plant goes on being watched and alarms go on"
        " being raised. Try again in a moment, and tell whoever runs this system."
    )


def _theme(request: Request) -> str:
    asked = request.query_params.get("theme", request.cookies.get(THEME_COOKIE))
    return asked if asked in THEMES else "auto"


def _with_query(request: Request) -> Callable[..., str]:
    """Return a function that gives this page's address with other values for some parameters."""

    def with_query(**values: str) -> str:
        kept = {key: value for key, value in request.query_params.items() if key not in ("lang", "theme")}
        return f"?{urlencode(kept | values)}"

    return with_query


def _script_settings(language: Language, services: WebServices, now_us: int) -> dict[str, Any]:
    return {
        "language": language.html,
        "timezone": services.folder.plant.timezone.key,
        "speed": services.clock.speed,
        "now": now_us // 1000,
        "words": script_words.for_scripts(language),
    }


def _fingerprint(services: WebServices, assets: Assets) -> str:
    """Return a name for what pages are made of: an open wall loads itself anew when it changes."""
    folder = services.folder
    made_of = repr((folder.plant, folder.plant.points, folder.limits, folder.rules)).encode()
    return hashlib.sha256(assets.version.encode() + made_of).hexdigest()[:16]
