"""`outfall influx setup`: what a plant needs in InfluxDB. Done again, it changes nothing that is right.

organisation             made where it is missing and the token may
bucket NAME              readings, kept as long as plant.yaml says
bucket NAME_figures      their figures by period, kept for ever
token of the node        may write to both, and nothing else; former ones of this plant are revoked
token of Grafana         may read both, and nothing else; the same
task outfall received    each hour, how many readings of each point came in each hour
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from history.influx.answers import LinesRefused, TargetAway
from history.influx.client import connected, judged_error
from history.influx.flux import quoted
from history.influx.settings import InfluxSettings
from telemetry.errors import ConfigError, StoreError

TASK: Final = "outfall received"
NODE: Final = "outfall node"
GRAFANA: Final = "outfall grafana"
_DAY_S: Final = 86_400
_COUNTED_BACK: Final = "25h"
"""What was missed for a day is counted when it has come."""


@dataclass(frozen=True, slots=True)
class TokenFiles:
    """Where the tokens are written; they stand nowhere else and are never shown."""

    node: Path
    grafana: Path


def set_up(
    settings: InfluxSettings, plant: str, admin_token: str, files: TokenFiles, say: Callable[[str], None]
) -> None:
    """Make what is missing, and say of everything whether it was made or was there.

    StoreError where InfluxDB does not answer or the token may not; ConfigError where a file cannot be
    written.
    """
    work = _SetUp(settings, admin_token, say)
    with work.opened():
        org = work.organisation()
        buckets = [
            work.bucket(org, settings.bucket, settings.retention_days),
            work.bucket(org, settings.figures_bucket, None),
        ]
        work.token(org, f"{NODE} {plant}", "write", buckets, files.node)
        work.token(org, f"{GRAFANA} {plant}", "read", buckets, files.grafana)
        work.task(org)


class _SetUp:
    def __init__(self, settings: InfluxSettings, token: str, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._secret = token
        self._say = say
        self._client: Any = None

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Hold the client open."""
        self._client = self._connected(self._secret)
        try:
            with self._errors("it cannot be set up"):
                yield
        finally:
            self._client.close()

    def organisation(self) -> str:
        """Return the id of the organisation."""
        api, name = self._client.organizations_api(), self._settings.org
        with self._errors(f"organisation {name}", not_there=True):
            for org in api.find_organizations(org=name):
                self._say(f"organisation {name}: was there")
                return str(org.id)
        with self._errors(f"organisation {name} does not exist, and could not be made"):
            org_id = str(api.create_organization(name=name).id)
        self._say(f"organisation {name}: made")
        return org_id

    def bucket(self, org: str, name: str, days: int | None) -> str:
        """Return the id of a bucket. The retention of one that was there is left as it is."""
        from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules

        api = self._client.buckets_api()
        wanted_s = (days or 0) * _DAY_S
        with self._errors(f"bucket {name}", not_there=True):
            for bucket in api.find_buckets(name=name, org_id=org).buckets:
                there_s = sum(rule.every_seconds or 0 for rule in bucket.retention_rules or ())
                more = "" if there_s == wanted_s else f", left as it is; plant.yaml says {_kept(wanted_s)}"
                self._say(f"bucket {name}: was there, readings are kept {_kept(there_s)}{more}")
                return str(bucket.id)
        rules = [BucketRetentionRules(type="expire", every_seconds=wanted_s)] if wanted_s else []
        with self._errors(f"bucket {name} could not be made"):
            made = api.create_bucket(bucket_name=name, org=org, retention_rules=rules)
        self._say(f"bucket {name}: made, readings are kept {_kept(wanted_s)}")
        return str(made.id)

    def token(self, org: str, name: str, action: str, buckets: list[str], file: Path) -> None:
        """Make a token that may do one thing with the buckets, unless the file holds one that may.

        Former ones of this name are revoked once the new one is on disk: nobody has them any more.
        """
        from influxdb_client.domain.authorization import Authorization
        from influxdb_client.domain.permission import Permission
        from influxdb_client.domain.permission_resource import PermissionResource

        if self._works(file, name, action):
            self._say(f"token {name}: was there, in {file}")
            return
        permissions = [
            Permission(action=action, resource=PermissionResource(type="buckets", id=bucket, org_id=org))
            for bucket in buckets
        ]
        wanted = Authorization(org_id=org, permissions=permissions, description=name)
        api = self._client.authorizations_api()
        with self._errors(f"token {name} could not be made"):
            former = [each for each in api.find_authorizations(org_id=org) if each.description == name]
            made = api.create_authorization(authorization=wanted)
        try:
            _write(file, str(made.token))
        except ConfigError:
            # Nobody will ever know it: it goes again.
            api.delete_authorization(made)
            raise
        with self._errors(f"token {name} is made and in {file}, but former ones could not be revoked"):
            for each in former:
                api.delete_authorization(each)
        revoked = f"; {len(former)} former revoked" if former else ""
        self._say(f"token {name}: made, may {action} both buckets, in {file}{revoked}")

    def task(self, org: str) -> None:
        """Make or mend the hourly task."""
        from influxdb_client.domain.task_create_request import TaskCreateRequest

        api, flux = self._client.tasks_api(), received_flux(self._settings)
        with self._errors(f"task {TASK} could not be made"):
            there = [task for task in api.find_tasks(name=TASK, org_id=org) if self._is_ours(task.flux)]
            if not there:
                api.create_task(task_create_request=TaskCreateRequest(org_id=org, flux=flux, status="active"))
                self._say(f"task {TASK}: made")
            elif there[0].flux.strip() != flux.strip():
                there[0].flux = flux
                api.update_task(there[0])
                self._say(f"task {TASK}: brought up to date")
            else:
                self._say(f"task {TASK}: was there")

    def _is_ours(self, flux: str) -> bool:
        return f"to(bucket: {quoted(self._settings.figures_bucket)}" in flux

    def _works(self, file: Path, name: str, action: str) -> bool:
        """Return whether a file holds a token that the buckets take; StoreError where nobody knows."""
        from influxdb_client.client.write_api import SYNCHRONOUS

        try:
            token = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return False
        if not token:
            return False
        settings, client = self._settings, self._connected(token)
        try:
            if action == "read":
                flux = f"from(bucket: {quoted(settings.figures_bucket)}) |> range(start: -1s) |> limit(n: 1)"
                client.query_api().query_raw(flux, org=settings.org).read()
            else:
                write = client.write_api(write_options=SYNCHRONOUS).write
                write(bucket=settings.figures_bucket, org=settings.org, record="# may I?")
        except Exception as error:
            return self._lets_in(error, f"whether token {name} in {file} still works is not known", token)
        finally:
            client.close()
        return True

    def _lets_in(self, error: Exception, what: str, token: str) -> bool:
        """Return whether an answer to a token's try means that it works; raises where it means neither."""
        judgement = judged_error(error, lambda text: text.replace(token, "…"))
        if judgement is None:
            raise error
        if getattr(error, "status", None) in (401, 403, 404):
            return False
        if isinstance(judgement, LinesRefused):
            # What it says of a comment is all the same: it let the token in.
            return True
        raise StoreError(
            f"{self._settings.url}: {what}, and nothing was changed of it: {judgement};"
            " run it again when InfluxDB answers"
        ) from None

    def _connected(self, token: str) -> Any:
        return connected(self._settings, token, connections=1)

    @contextmanager
    def _errors(self, what: str, *, not_there: bool = False) -> Iterator[None]:
        """Say what failed and how to mend it; with `not_there`, a 404 ends the block quietly."""
        from influxdb_client.rest import ApiException

        try:
            yield
        except ApiException as error:
            if error.status == 404 and not_there:
                return
            if error.status == 401:
                raise StoreError(
                    f"{self._settings.url}: {what}: the admin token is not known there, or may not do this:"
                    " take an operator or all-access token of this organisation"
                ) from None
            if error.status == 403:
                raise StoreError(
                    f"{self._settings.url}: {what}: the admin token may not do this: take an operator token"
                ) from None
            raise self._wrapped(what, error) from None
        except (OSError, StoreError, ConfigError):
            raise
        except Exception as error:
            raise self._wrapped(what, error) from None

    def _wrapped(self, what: str, error: Exception) -> Exception:
        judgement = judged_error(error, lambda text: text.replace(self._secret, "…"))
        if judgement is None:
            return error
        mend = ": start it, or mend url in plant.yaml" if isinstance(judgement, TargetAway) else ""
        return StoreError(f"{self._settings.url}: {what}: {judgement}{mend}")


def received_flux(settings: InfluxSettings) -> str:
    """Return the task that counts what came, to be held against the node's own count of each hour.

    It has no map(): the columns of what that makes come in any order, and `to` makes series of their own
    of tags in another order.
    """
    return f"""option task = {{name: {quoted(TASK)}, every: 1h, offset: 10m}}

from(bucket: {quoted(settings.bucket)})
    |> range(start: -{_COUNTED_BACK})
    |> filter(fn: (r) => r._field == "quality")
    |> aggregateWindow(every: 1h, fn: count, timeSrc: "_start", createEmpty: false)
    |> duplicate(column: "_measurement", as: "area")
    |> set(key: "_measurement", value: "received")
    |> set(key: "_field", value: "count")
    |> keep(columns: ["_time", "_measurement", "_field", "_value", "area", "plant", "point", "unit"])
    |> to(bucket: {quoted(settings.figures_bucket)}, org: {quoted(settings.org)})
"""


def _kept(seconds: int) -> str:
    return f"{seconds / _DAY_S:g} days" if seconds else "for ever"


def _write(file: Path, token: str) -> None:
    """Write a token so that only this account may read it, all of it or nothing."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as opened:
            opened.write(f"{token}\n")
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(file)
        _sync_folder(file.parent)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise ConfigError(
            f"{file}: the token cannot be written: {error.strerror}; name another --tokens-dir"
        ) from None


def _sync_folder(folder: Path) -> None:
    """Have a rename in a folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
