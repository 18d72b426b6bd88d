"""Boards into a running Grafana, as often as one likes: what is there is updated, what is the same stays.

grafana-api has no call for health, and asks for a data source by its name or number only: for these the
client below it is used.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlsplit

from telemetry.errors import DeviceRefused, DeviceUnreachable, Invalid

CREATED: Final = "created"
UPDATED: Final = "updated"
UNCHANGED: Final = "unchanged"
TIMEOUT_S: Final = 15.0
MESSAGE_AT_MOST: Final = 200
_OWN: Final = frozenset({"id", "version"})
"""What Grafana itself writes into a board."""

Board = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one thing: `created`, `updated` or `unchanged`."""

    what: str
    outcome: str


class Grafana:
    """A Grafana, reached with a service account's token."""

    def __init__(self, url: str, token: str) -> None:
        from grafana_api.grafana_face import GrafanaFace

        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise Invalid("bad_url", f"{url!r} is no address of a Grafana; write http://HOST:PORT")
        if parts.username or parts.password:
            raise Invalid("bad_url", "the address holds a password; give a token with --token-file instead")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        prefix = parts.path.strip("/")
        self.url = url
        self._face = GrafanaFace(
            auth=token,
            host=host,
            port=parts.port,
            protocol=parts.scheme,
            url_path_prefix=f"{prefix}/" if prefix else "",
            timeout=TIMEOUT_S,
        )

    def push(
        self, folder: str, folder_uid: str, sources: Sequence[Mapping[str, Any]], boards: Sequence[Board]
    ) -> Iterator[Done]:
        """Yield what becomes of the folder, each data source that is given, and each board."""
        health = self._found("its health", lambda: self._face.api.GET("/health"))
        if not isinstance(health, dict) or "database" not in health:
            raise DeviceRefused(f"{self.url}: its health: what answers there is no Grafana; check --url")
        yield Done(f"folder {folder}", self._folder(folder, folder_uid))
        for source in sources:
            yield Done(f"data source {source['name']}", self._source(source))
        for board in boards:
            yield Done(f"dashboard {board['title']}", self._board(board, folder_uid))

    def _folder(self, title: str, uid: str) -> str:
        there = self._found(f"folder {title}", lambda: self._face.folder.get_folder(uid))
        if there is None:
            self._asked(f"folder {title}", lambda: self._face.folder.create_folder(title, uid))
            return CREATED
        if there["title"] == title:
            return UNCHANGED
        self._asked(f"folder {title}", lambda: self._face.folder.update_folder(uid, title, overwrite=True))
        return UPDATED

    def _source(self, source: Mapping[str, Any]) -> str:
        what, path = f"data source {source['name']}", f"/datasources/uid/{quote(source['uid'], safe='')}"
        there = self._found(what, lambda: self._face.api.GET(path))
        if there is None:
            self._asked(what, lambda: self._face.datasource.create_datasource(dict(source)))
            return CREATED
        # A token is never told, so whether it is the same cannot be seen: it is written again.
        kept = {key: value for key, value in source.items() if key != "secureJsonData"}
        same = all(there.get(key) == value for key, value in kept.items())
        self._asked(what, lambda: self._face.api.PUT(path, json=dict(source)))
        return UNCHANGED if same else UPDATED

    def _board(self, board: Mapping[str, Any], folder_uid: str) -> str:
        what, uid = f"dashboard {board['title']}", board["uid"]
        there = self._found(what, lambda: self._face.dashboard.get_dashboard(uid))
        if there is not None and _same(there["dashboard"], board):
            if there["meta"].get("folderUid") == folder_uid:
                return UNCHANGED
        body = {"dashboard": dict(board), "folderUid": folder_uid, "overwrite": True}
        self._asked(what, lambda: self._face.api.POST("/dashboards/db", json=body))
        return CREATED if there is None else UPDATED

    def _found(self, what: str, ask: Callable[[], T]) -> T | None:
        from grafana_api.grafana_api import GrafanaClientError

        try:
            return self._asked(what, ask)
        except DeviceRefused as error:
            # To an editor Grafana says 403 of a folder that is not there; the next step tells which it is.
            cause = error.__cause__
            if isinstance(cause, GrafanaClientError) and cause.status_code in (403, 404):
                return None
            raise

    def _asked(self, what: str, ask: Callable[[], T]) -> T:
        from grafana_api.grafana_api import GrafanaException
        from requests.exceptions import InvalidJSONError, RequestException

        try:
            return ask()
        except (InvalidJSONError, TypeError) as error:
            raise DeviceRefused(
                f"{self.url}: {what}: what answers there is no Grafana; check --url"
            ) from error
        except GrafanaException as error:
            raise DeviceRefused(f"{self.url}: {what}: {_said(error.status_code, error.message)}") from error
        except RequestException as error:
            reason = "it did not answer in time" if "timed out" in str(error) else "no Grafana answers there"
            raise DeviceUnreachable(f"{self.url}: {reason}; check --url, and that Grafana runs") from error


def _same(there: Mapping[str, Any], board: Mapping[str, Any]) -> bool:
    own = {key: value for key, value in there.items() if key not in _OWN}
    return own == {key: value for key, value in board.items() if key not in _OWN}


def _said(status: int, message: str) -> str:
    """Return what a refusal means and how it is mended."""
    mends = {
        401: "401, the token is not known there; make one for a service account and name its file",
        403: "403, the token may not do this; its service account needs the role Editor, and Admin for a"
        " data source",
        412: "412, what is there is provisioned from files, or was changed meanwhile; push what it is not"
        " provisioned with, or take the files away",
    }
    return mends.get(status) or f"{status}, {' '.join(message.split())[:MESSAGE_AT_MOST]}"
