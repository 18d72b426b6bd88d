"""The PostgreSQL of the people's store as a data source of Grafana's, for a role that reads one view."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from telemetry.errors import Invalid

UID: Final = "outfall-postgresql"
NAME: Final = "Outfall PostgreSQL"
KIND: Final = "grafana-postgresql-datasource"
PASSWORD: Final = "$__file{/run/secrets/postgres_grafana_password}"
ROLE: Final = "outfall_grafana"
_MODES: Final = frozenset({"disable", "require", "verify-ca", "verify-full"})


@dataclass(frozen=True, slots=True)
class PeopleStore:
    """Where Grafana finds it, and as whom; never with what password."""

    host: str
    user: str
    database: str
    tls: str

    @classmethod
    def at(cls, url: str) -> "PeopleStore":
        """Read postgresql://ROLE@HOST:PORT/DATABASE?sslmode=MODE; Invalid says what is wrong with it."""
        try:
            parts = urlsplit(url)
            port = parts.port or 5432
        except ValueError as error:
            raise _not_one(url) from error
        asked = parse_qs(parts.query)
        database = unquote(parts.path.removeprefix("/"))
        if parts.scheme != "postgresql" or not parts.hostname or not database or set(asked) - {"sslmode"}:
            raise _not_one(url)
        if parts.password is not None:
            raise Invalid(
                "bad_url", "the address holds a password; give it with --postgres-password-file instead"
            )
        tls = asked.get("sslmode", ["require"])[-1]
        if tls not in _MODES:
            raise Invalid("bad_url", f"sslmode={tls} is none of {', '.join(sorted(_MODES))}")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return cls(f"{host}:{port}", unquote(parts.username or ROLE), database, tls)

    def source(self, password: str | None) -> dict[str, Any]:
        """Return the data source as Grafana's API takes it; without a password it keeps the one it has."""
        made: dict[str, Any] = {
            "name": NAME,
            "uid": UID,
            "type": KIND,
            "access": "proxy",
            "url": self.host,
            "user": self.user,
            "isDefault": False,
            # Two screens refresh every ten seconds; the node has the other connections.
            "jsonData": {
                "database": self.database,
                "sslmode": self.tls,
                "maxOpenConns": 4,
                "maxIdleConns": 2,
                "connMaxLifetime": 3600,
            },
        }
        return made if password is None else {**made, "secureJsonData": {"password": password}}


def _not_one(url: str) -> Invalid:
    return Invalid(
        "bad_url",
        f"{url!r} is no address of a PostgreSQL; write postgresql://ROLE@HOST:PORT/DATABASE?sslmode=require",
    )
