"""The only place that knows influxdb-client: ready bytes go in, one of three errors comes out.

It is imported with the first request, in the thread that sends: it costs a second and 25 MB. Bodies
are compressed here, at level 1; the client's own level 9 would cost more than all else together.
"""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

from history.influx.answers import DeletesUnknown, TargetAway, TargetMisconfigured, judged, shortened
from history.influx.bounded import BoundedPool
from history.influx.settings import InfluxSettings
from history.targets import Trouble
from telemetry.clock import from_us
from telemetry.errors import ConfigError, StoreError

CONNECT_S: Final = 3.0
_ANSWERS: Final = 2.0
"""How many times as long as an answer may take, all that belongs to a request may."""


class Token(Protocol):
    """Where the token comes from; asked again when it was not accepted. ConfigError when it is not there."""

    def __call__(self) -> str:
        """Return the token."""
        ...


class _OddAnswer(StoreError):
    """What answered a delete did not say it as InfluxDB does; `judgement` is what that means of a proxy."""

    def __init__(self, judgement: TargetMisconfigured) -> None:
        super().__init__(str(judgement))
        self.judgement = judgement


class InfluxClient:
    """Writes to one bucket, from one thread at a time. Proxies of the environment are not asked."""

    def __init__(self, settings: InfluxSettings, token: Token) -> None:
        self._settings = settings
        self._token = token
        self._secret = ""
        self._client: Any = None
        self._write_api: Any = None
        self._deleting: Any = None
        self._pools: list[BoundedPool] = []

    def __repr__(self) -> str:
        return f"InfluxClient({self._settings.address})"

    def write(self, body: bytes) -> None:
        """Send lines, µs; TargetAway, TargetMisconfigured or LinesRefused when they were not all taken."""
        if self._write_api is None:
            self._open()
        with self._errors():
            self._write_api.write(
                bucket=self._settings.bucket,
                org=self._settings.org,
                record=gzip.compress(body, 1, mtime=0) if self._settings.gzip else body,
                write_precision="us",
            )

    def delete(self, predicate: str, first_us: int, last_us: int) -> None:
        """Delete what a predicate picks of [first, last].

        TargetAway, TargetMisconfigured, DeletesUnknown, or LinesRefused for a predicate it does not take.
        """
        try:
            self._delete(predicate, first_us, last_us)
        except _OddAnswer as odd:
            # A proxy may have said it: only of what is no InfluxDB 2, and says it twice, is it believed.
            if self._is_influxdb_2(odd):
                self.close()
                raise odd.judgement from None
            try:
                self._delete(predicate, first_us, last_us)
            except _OddAnswer:
                raise DeletesUnknown("it knows no deleting") from None

    def _delete(self, predicate: str, first_us: int, last_us: int) -> None:
        if self._deleting is None:
            # A client of its own: the other one says of all that it sends that it is compressed.
            self._deleting = self._connected()
        with self._errors(deleting=True):
            self._deleting.delete_api().delete(
                start=from_us(first_us),
                stop=from_us(last_us),
                predicate=predicate,
                bucket=self._settings.bucket,
                org=self._settings.org,
            )

    def _is_influxdb_2(self, odd: "_OddAnswer") -> bool:
        """Return whether it may be an InfluxDB 2 that something stands before; asks it who it is."""
        try:
            with self._errors():
                asked = self._deleting.api_client
                _, status, heads = asked.call_api("/ping", "GET", _return_http_data_only=False)
        except TargetMisconfigured:
            raise odd.judgement from None
        version = heads.get("X-Influxdb-Version", "").removeprefix("v")
        return not version.startswith(("1.", "3.")) and (bool(version) or status != 204)

    @contextmanager
    def _errors(self, *, deleting: bool = False) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if deleting and getattr(error, "status", None) == 405:
                raise DeletesUnknown("it knows no deleting") from None
            if deleting and (trouble := _odd(error, self._hidden)):
                raise _OddAnswer(TargetMisconfigured(trouble)) from None
            judgement = self._judged(error)
            if judgement is None:
                raise
            if isinstance(judgement, TargetMisconfigured):
                self.close()  # the next try reads the token anew
            raise judgement from None

    def end(self) -> None:
        """End what is under way, from any thread: who waits for it is told that the target is away."""
        for pool in list(self._pools):
            pool.end()

    def close(self) -> None:
        """Close the connections; a later write opens them again."""
        self._pools.clear()
        clients = (self._client, self._deleting)
        self._client = self._deleting = self._write_api = None
        for client in clients:
            if client is not None:
                client.close()

    def _open(self) -> None:
        from influxdb_client.client.write_api import SYNCHRONOUS

        self._client = self._connected()
        if self._settings.gzip:
            self._client.api_client.set_default_header("Content-Encoding", "gzip")
        self._write_api = self._client.write_api(write_options=SYNCHRONOUS)

    def _connected(self) -> Any:
        try:
            self._secret = self._token()
        except ConfigError as error:
            raise TargetMisconfigured(Trouble("own", str(error))) from None
        client = connected(self._settings, self._secret, connections=1)
        rest = client.api_client.rest_client
        within_s = CONNECT_S + _ANSWERS * self._settings.timeout.total_seconds()
        rest.pool_manager = BoundedPool(within_s, **rest.pool_manager.connection_pool_kw)
        self._pools.append(rest.pool_manager)
        return client

    def _judged(self, error: Exception) -> StoreError | None:
        """Return what a library's error means, None for one that is a mistake of ours."""
        return judged_error(error, self._hidden)

    def _hidden(self, text: str) -> str:
        return text.replace(self._secret, "…") if self._secret else text


def connected(settings: InfluxSettings, token: str, connections: int, *, gzip_answers: bool = False) -> Any:
    """Return the library's client; nothing is sent yet. Imported late: it is heavy."""
    from influxdb_client.client.influxdb_client import InfluxDBClient

    timeout_ms = round(settings.timeout.total_seconds() * 1000)
    return InfluxDBClient(
        url=settings.url,
        token=token,
        org=settings.org,
        timeout=(min(round(CONNECT_S * 1000), timeout_ms), timeout_ms),
        enable_gzip=gzip_answers,
        verify_ssl=settings.verify,
        ssl_ca_cert=settings.ca,
        connection_pool_maxsize=connections,
    )


def judged_error(error: Exception, hide: Any = str) -> StoreError | None:
    """Return what an error of influxdb-client or of its connections means; None for any other."""
    from influxdb_client.rest import ApiException
    from urllib3.exceptions import HTTPError, SSLError

    if isinstance(error, ApiException):
        if not error.status:
            return _untrusted(shortened(str(error.reason), hide))
        said = _said(error.body)
        if error.status in (400, 422) and said is None:
            # A proxy or another server: what it says of our lines means nothing.
            reason = shortened(str(error.body or error.reason or ""), hide)
            return TargetMisconfigured(Trouble("not_influxdb", reason, error.status))
        return judged(
            error.status, hide(said or ""), error.headers.get("Retry-After") if error.headers else None
        )
    if isinstance(error, SSLError):
        return _untrusted(shortened(str(error), hide))
    if isinstance(error, HTTPError | OSError):
        return TargetAway(Trouble("no_answer", shortened(_core(error), hide)))
    return None


def _odd(error: Any, hide: Any) -> Trouble | None:
    """Return what an answer to a delete says that is not InfluxDB's own; None for any other error."""
    status, body = getattr(error, "status", None), getattr(error, "body", None)
    if status not in (400, 404, 413, 422, 501) or _said(body) is not None:
        return None
    return Trouble("not_influxdb", shortened(str(body or ""), hide), status)


def _untrusted(reason: str) -> StoreError:
    if "CERTIFICATE" in reason or "certificate" in reason:
        return TargetMisconfigured(Trouble("certificate", reason))
    return TargetAway(Trouble("no_tls", reason))


def _said(body: Any) -> str | None:
    """Return the reason in an answer as InfluxDB 2, 3 and their kin write it; None in any other."""
    try:
        document = json.loads(body or "")
    except (ValueError, TypeError):
        return None
    if not isinstance(document, dict):
        return None
    said = document.get("message") or document.get("error")
    return said if isinstance(said, str) else None


def _core(error: BaseException) -> str:
    """Return the innermost reason: urllib3 wraps a refused connection in sentences."""
    reason = getattr(error, "reason", None)
    if isinstance(reason, BaseException):
        return _core(reason)
    text = str(error)
    return text.rpartition(": ")[2] or type(error).__name__
