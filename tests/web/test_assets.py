from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from web.assets import STATIC, Assets, VersionedFiles


@pytest.fixture
async def files() -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[Mount("/static", VersionedFiles(Assets()))])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost/static") as client:
        yield client


def copy_of(folder: Path) -> Path:
    (folder / "js").mkdir()
    (folder / "js" / "a.js").write_text("1")
    (folder / "b.css").write_text("2")
    return folder


def test_the_version_follows_names_and_contents(tmp_path: Path) -> None:
    folder = copy_of(tmp_path)
    before = Assets(folder).version

    (folder / "b.css").write_text("3")
    changed = Assets(folder).version
    (folder / "b.css").rename(folder / "c.css")
    renamed = Assets(folder).version

    assert len({before, changed, renamed}) == 3


async def test_a_file_of_this_version_is_kept_for_a_year(files: httpx.AsyncClient) -> None:
    answer = await files.get(f"/{Assets().version}/css/base.css")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("version", ["0123456789ab/", ""])
async def test_a_page_opened_before_an_upgrade_still_finds_its_files_but_keeps_none(
    files: httpx.AsyncClient, version: str
) -> None:
    answer = await files.get(f"/{version}js/wall.js")

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "path",
    ["/%2e%2e/%2e%2e/pyproject.toml", "/%2e%2e/words.py", "/0123456789ab/%2e%2e/%2e%2e/words.py", "/none.js"],
)
async def test_nothing_outside_the_folder_is_served(files: httpx.AsyncClient, path: str) -> None:
    assert (await files.get(path)).status_code == 404


def test_what_is_vendored_brings_its_licence_and_stands_in_the_list() -> None:
    listed = (STATIC / "vendor" / "VENDORED.md").read_text("utf-8")
    folders = [folder for folder in (STATIC / "vendor").iterdir() if folder.is_dir()]

    assert len(folders) == 3
    for folder in folders:
        assert (folder / "LICENSE").read_text("utf-8").strip()
        assert f"`{folder.name}`" in listed
