"""Make InfluxDB ready for a node: bucket of figures, and tokens that may do no more than they must.

usage: influx_setup.py URL ORG BUCKET ADMIN_TOKEN_FILE TOKENS_FOLDER

`influx-node.token` may write both buckets, `influx-grafana.token` read them; each file is for its owner
alone. What is there already stays, so it may be run as often as one likes.
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

SECONDS = 10.0
RIGHTS = {"node": "write", "grafana": "read"}


class Influx:
    """InfluxDB's API as its administrator."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self.token = token

    def ask(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """Return what it answers."""
        address = f"{self.url}/api/v2/{path}?{urllib.parse.urlencode(query)}"
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(address, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return json.load(answer)


def main(url: str, org: str, bucket: str, token_file: str, tokens: str) -> None:
    """Raise what InfluxDB refuses."""
    influx = Influx(url, Path(token_file).read_text("ascii").strip())
    org_id = influx.ask("GET", "orgs", org=org)["orgs"][0]["id"]
    buckets = [bucket_id(influx, org_id, name) for name in (bucket, f"{bucket}_figures")]
    for name, action in RIGHTS.items():
        file = Path(tokens) / f"influx-{name}.token"
        if file.exists():
            sys.stdout.write(f"{file}: there already\n")
            continue
        permissions = [
            {"action": action, "resource": {"type": "buckets", "id": each, "orgID": org_id}}
            for each in buckets
        ]
        wanted = {"orgID": org_id, "description": f"outfall {name}", "permissions": permissions}
        write(file, influx.ask("POST", "authorizations", wanted)["token"])
        sys.stdout.write(f"{file}: made\n")


def bucket_id(influx: Influx, org_id: str, name: str) -> str:
    """Return a bucket's id; what is not there is made, and kept for ever."""
    found = influx.ask("GET", "buckets", orgID=org_id, name=name, limit="1").get("buckets", [])
    if found:
        return str(found[0]["id"])
    made = influx.ask("POST", "buckets", {"orgID": org_id, "name": name, "retentionRules": []})
    return str(made["id"])


def write(file: Path, token: str) -> None:
    """Write a token for its owner alone; it is whole, or not there."""
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as opened:
        opened.write(f"{token}\n")
    part.rename(file)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:6])
    except urllib.error.HTTPError as error:
        sys.exit(f"InfluxDB refuses: {error.code} {error.read(500).decode(errors='replace')}")
    except (urllib.error.URLError, OSError) as error:
        sys.exit(f"InfluxDB setup: {error}")
