"""The console served on a real socket, and Chromium in front of it."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from starlette.types import ASGIApp

from operations.access import Role
from operations.accounts import Accounts
from operations.sessions import SESSION_COOKIE
from tests.api.conftest import signed_in
from tests.api.node import until

CHROMIUM: Final = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS: Final = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES: Final = {"wall": (1920, 1080), "phone": (390, 844)}
AUDIT: Final = (Path(__file__).with_name("audit.js")).read_text("utf-8")

# Beside other tests a page needs longer than the usual 5 s now and then: no figure of speed.
expect.set_options(timeout=30_000)

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")


class Served:
    """The console on a port of its own; `stop` and `start` are a restart of the node."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._port = 0
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        config = uvicorn.Config(
            self._app, host="127.0.0.1", port=self._port, log_level="error", lifespan="off", ws="none",
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(self._server.serve(), name="console")
        server = self._server
        await until(lambda: server.started)
        self._port = self._server.servers[0].sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is None or self._task is None:
            return
        self._server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._server = self._task = None


@dataclass
class Window:
    """A page of the browser, and everything it complained about."""

    page: Page
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    async def live(self) -> None:
        """Wait until the page hears from the node."""
        await expect(self.page.locator("body")).to_have_attribute("data-connection", "live")

    async def audit(self, *, phone: bool, wall: bool) -> list[str]:
        found: list[str] = await self.page.evaluate(AUDIT, {"phone": phone, "wall": wall})
        return found


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[Served]:
    """Yield the console on a real socket."""
    console = Served(app)
    await console.start()
    try:
        yield console
    finally:
        await console.stop()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Yield Chromium without a screen."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def window(
    browser: Browser,
    address: str,
    cookie: str | None,
    *,
    size: str = "wall",
    language: str = "zh_CN",
    **more: Any,
) -> AsyncIterator[Window]:
    """Yield a page that is signed in, in a language and at a size."""
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, base_url=address, has_touch=size == "phone", **more
    )
    cookies = {"outfall_lang": language} | ({} if cookie is None else {"outfall_session": cookie})
    await context.add_cookies([{"name": k, "value": v, "url": address} for k, v in cookies.items()])
    page = await context.new_page()
    shown = Window(page, context)
    page.on("console", lambda said: _note(shown, said.type, said.text))
    page.on("pageerror", lambda error: shown.complaints.append(f"error: {error}"))
    await page.add_init_script(
        "addEventListener('securitypolicyviolation',"
        " (e) => console.error('policy', e.violatedDirective, e.blockedURI, e.sample))"
    )
    try:
        yield shown
    finally:
        await context.close()


async def cookie_of(accounts: Accounts, role: Role) -> str:
    """Return the session of a role's demo account, as a browser keeps it."""
    return (await signed_in(accounts, role)).cookie["Cookie"].removeprefix(f"{SESSION_COOKIE}=")


@asynccontextmanager
async def seat(
    browser: Browser,
    console: Served,
    accounts: Accounts,
    role: Role,
    *,
    size: str = "wall",
    language: str = "en",
) -> AsyncIterator[Window]:
    """Yield a page at which a role's demo account sits."""
    cookie = await cookie_of(accounts, role)
    async with window(browser, console.address, cookie, size=size, language=language) as shown:
        yield shown


def _note(shown: Window, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        shown.complaints.append(text)
