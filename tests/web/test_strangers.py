"""Nobody unknown has the console ask anything: not a store, not a file, not a list in memory."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any
from uuid import uuid4

from fastapi.routing import APIRoute

from tests.api.node import Node
from tests.web.console import browser, console_of, services_of
from web.build import web_router
from web.guard import OPEN
from web.services import WebServices

_NOT_ASKED = ("folder", "clock")


class Watched:
    """Stands for a service; what is called of it, however deep within, is put down."""

    def __init__(self, of: Any, name: str, put_down: Callable[[str], None]) -> None:
        self._of = of
        self._name = name
        self._put_down = put_down

    def __getattr__(self, name: str) -> Any:
        return Watched(getattr(self._of, name), f"{self._name}.{name}", self._put_down)

    def __call__(self, *args: Any, **values: Any) -> Any:
        self._put_down(self._name)
        return self._of(*args, **values)

    def __len__(self) -> int:
        self._put_down(f"len {self._name}")
        return len(self._of)

    def __iter__(self) -> Any:
        self._put_down(f"iter {self._name}")
        return iter(self._of)


def watched(services: WebServices, asked: list[str]) -> WebServices:
    kept = {field.name: getattr(services, field.name) for field in fields(services)}
    for name, service in kept.items():
        if name not in _NOT_ASKED and service is not None:
            kept[name] = Watched(service, name, asked.append)
    return replace(services, **kept)


def routes_of(node: Node) -> list[APIRoute]:
    return [route for route in web_router(services_of(node)).routes if isinstance(route, APIRoute)]


def address_of(route: APIRoute) -> str:
    path = route.path
    for name in route.param_convertors:
        path = path.replace(f"{{{name}}}", str(uuid4()))
    return path


async def test_no_service_is_asked_before_it_is_known_who_asks(node: Node) -> None:
    asked: list[str] = []
    app = console_of(node, watched(services_of(node), asked))
    asked.clear()
    answers: dict[str, int] = {}
    async with browser(app) as stranger:
        for route in routes_of(node):
            if route.path in OPEN:
                continue
            for method in route.methods or ():
                answer = await stranger.request(method, address_of(route), params={"q": "secret"})
                answers[f"{method} {route.path}"] = answer.status_code
                if answer.status_code == 303:
                    assert answer.headers["location"].startswith("/sign-in?next="), route.path

    assert asked == []
    posts = {status for name, status in answers.items() if name.startswith("POST")}
    assert {status for name, status in answers.items() if name.startswith("GET")} == {303}
    assert posts <= {303, 403}
    assert len(answers) >= 28


async def test_the_watch_sees_what_is_asked(node: Node) -> None:
    asked: list[str] = []
    app = console_of(node, watched(services_of(node), asked))
    asked.clear()
    async with browser(app) as stranger:
        assert (await stranger.get(f"/a/{'A' * 22}")).status_code == 404
    assert "pushes.opened" in asked


async def test_scripts_of_strangers_are_answered_by_the_status_alone(node: Node) -> None:
    async with browser(console_of(node)) as stranger:
        answer = await stranger.get("/log?part=rows&before=nonsense", headers={"hx-request": "true"})
    assert (answer.status_code, answer.content) == (401, b"")


async def test_what_is_open_to_everybody_is_four_paths(node: Node) -> None:
    assert {route.path for route in routes_of(node)} & OPEN == OPEN
    assert {"/", "/sign-in", "/sign-out", "/a/{token}"} == OPEN
