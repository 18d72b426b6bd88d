"""What docker-compose.yml needs before its first start: ./secrets, ./.env and, for a trial, ./plant.

usage: python3 deploy/prepare.py [FOLDER]

FOLDER is where docker-compose.yml stands (this one's parent). What is there already is left alone.
Needs Python 3.11 and openssl. Secrets are random; the certificate is signed by nobody but itself:
put your own in its place where people other than you are to open the node.
"""

import base64
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

OWNER_ONLY = 0o600
READABLE = 0o644
"""Of servers that read their secret as a user of their own image; the folder shuts everybody else out."""
ITERATIONS = 20000
LISTENS = "  host: 127.0.0.1\n  port: 8080\n"
LISTENS_IN_CONTAINER = """  host: 0.0.0.0
  port: 8443
  tls_certificate: /run/secrets/tls_certificate
  tls_key: /run/secrets/tls_key
  names: [localhost]
"""
INFLUX_IN_CONTAINER = """
influx:
  url: http://influxdb:8086
  org: outfall
  bucket: outfall
  token_file: /tokens/influx-node.token
"""


def main(folder: Path) -> None:
    """Make what is missing."""
    owner = owner_of(folder)
    kept = folder / "secrets"
    kept.mkdir(mode=0o700, exist_ok=True)
    kept.chmod(0o700)
    for name, mode, content in contents(kept):
        file = kept / name
        if file.exists():
            say(f"secrets/{name}: there already")
            continue
        write(file, content(), mode)
        say(f"secrets/{name}: made")
    certificate(kept)
    environment = folder / ".env"
    if not environment.exists():
        write(environment, f"OUTFALL_UID={owner}\n", READABLE)
        say(".env: made")
    for file in kept.iterdir():
        if os.geteuid() == 0:
            os.chown(file, owner, -1)
    plant(folder)


def owner_of(folder: Path) -> int:
    """Return the number of the user that containers run as: whoever runs this, never root."""
    return os.geteuid() or folder.stat().st_uid or 10001


def contents(kept: Path) -> list[tuple[str, int, Callable[[], str]]]:
    """Return every secret by name, with its mode and how it is made; later ones read earlier ones."""

    def word() -> str:
        return secrets.token_urlsafe(32) + "\n"

    def read(name: str) -> str:
        return (kept / name).read_text("ascii").strip()

    return [
        ("influx_admin_token", READABLE, word),
        ("influx_setup_token", OWNER_ONLY, lambda: f"{read('influx_admin_token')}\n"),
        ("influx_admin_password", READABLE, word),
        ("grafana_admin_password", READABLE, word),
        ("postgres_password", READABLE, word),
        ("outfall_pgpass", OWNER_ONLY, lambda: f"*:5432:*:outfall:{read('postgres_password')}\n"),
        ("postgres_grafana_password", OWNER_ONLY, word),
        ("mqtt_password", OWNER_ONLY, word),
        ("mosquitto_passwords", READABLE, lambda: f"outfall:{hashed(read('mqtt_password'))}\n"),
    ]


def hashed(password: str) -> str:
    """Return a password as Mosquitto keeps it: PBKDF2 with SHA-512, salt and hash in base64."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def certificate(kept: Path) -> None:
    """Make a certificate for localhost with its key, if there is none."""
    key, held = kept / "tls_key", kept / "tls_certificate"
    there = [file for file in (key, held) if file.exists() and file.stat().st_size]
    if len(there) == 1:
        [missing] = {key, held} - set(there)
        sys.exit(f"prepare: secrets/{missing.name} is missing; put it there, or remove {there[0].name}")
    if there:
        say("secrets/tls_certificate, tls_key: there already")
        return
    if shutil.which("openssl") is None:
        sys.exit("prepare: openssl is missing; install it, or put tls_certificate and tls_key into secrets/")
    # Both or none: half a pair would be taken for one that is there already.
    new_key, new_held = (kept / f".{file.name}.new" for file in (key, held))
    try:
        for file in (new_key, new_held):
            file.unlink(missing_ok=True)
            write(file, "", OWNER_ONLY)
        signed(new_key, new_held)
        new_held.rename(held)
        new_key.rename(key)
    finally:
        for file in (new_key, new_held):
            file.unlink(missing_ok=True)
    say("secrets/tls_certificate, tls_key: made")


def signed(key: Path, held: Path) -> None:
    """Have openssl fill a key and a certificate that it signs; end with its words where it cannot."""
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    done = subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "825", "-subj", "/CN=localhost", "-addext", names, "-keyout", key, "-out", held,
        ],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode or not (key.stat().st_size and held.stat().st_size):
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        why = lines[-1] if lines else f"exit code {done.returncode}"
        sys.exit(f"prepare: openssl made no certificate: {why}; mend it, then run this again")


def plant(folder: Path) -> None:
    """Copy the demo plant to ./plant if there is no plant, its server opened to the container's network."""
    there = folder / "plant"
    demo = Path(__file__).resolve().parent.parent / "config" / "demo"
    if there.exists() or not demo.is_dir():
        return
    shutil.copytree(demo, there)
    file = there / "plant.yaml"
    text = file.read_text("utf-8").replace(LISTENS, LISTENS_IN_CONTAINER)
    file.write_text(text.rstrip("\n") + "\n" + INFLUX_IN_CONTAINER, "utf-8")
    say("plant/: the demo plant, to begin with")


def write(file: Path, content: str, mode: int) -> None:
    """Write a file that nobody else ever sees half-written or with another mode."""
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.write(content)
    file.chmod(mode)


def say(text: str) -> None:
    """Tell what was done."""
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    os.umask(0o077)
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent)
