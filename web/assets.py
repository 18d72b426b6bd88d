"""The files a browser loads, below a name that changes with their content.

/static/3f2a9c0d41b7/js/wall.js      kept for a year; modules import each other relatively,
so one name for all of them is needed, not one for each
/static/0123456789ab/js/wall.js      another version's name, asked for by a page opened before
an upgrade: answered with what is there, kept by nobody
"""

import hashlib
import re
from functools import cached_property
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = Path(__file__).parent / "static"
_VERSION: Final = re.compile(r"[0-9a-f]{12}")
_FOR_A_YEAR: Final = "public, max-age=31536000, immutable"


class Assets:
    """The static files as they stood at the start."""

    def __init__(self, directory: Path = STATIC) -> None:
        self.directory = directory

    @cached_property
    def version(self) -> str:
        """Twelve hex digits over the names and contents of all files."""
        digest = hashlib.sha256()
        for file in sorted(self.directory.rglob("*")):
            if file.is_file():
                digest.update(file.relative_to(self.directory).as_posix().encode() + b"\0")
                digest.update(file.read_bytes())
        return digest.hexdigest()[:12]

    def url(self, path: str) -> str:
        """Return the address of a file; `path` is below web/static."""
        return f"/static/{self.version}/{path}"


class VersionedFiles(StaticFiles):
    """Serves `<version>/<path>`; only the current version may be kept."""

    def __init__(self, assets: Assets) -> None:
        super().__init__(directory=assets.directory)
        self._version = assets.version

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer for a path with or without a version before it."""
        version, _, rest = path.partition("/")
        named = bool(_VERSION.fullmatch(version))
        response = await super().get_response(rest if named else path, scope)
        response.headers["Cache-Control"] = _FOR_A_YEAR if version == self._version else "no-cache"
        return response
