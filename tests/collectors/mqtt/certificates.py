"""Authorities and certificates of a test's own, made by openssl."""

import shutil
import subprocess
from pathlib import Path

import pytest


class Authority:
    """Signs certificates for 127.0.0.1 and localhost."""

    def __init__(self, folder: Path, name: str) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("needs openssl: apt-get install openssl")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.file = folder / f"{name}.pem"
        self._key = folder / f"{name}-ca.key"
        subject: list[str | Path] = ["-subj", f"/CN={name}", "-keyout", self._key, "-out", self.file]
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *subject)

    def signed(
        self, name: str, days: int = 30, names: str = "IP:127.0.0.1,DNS:localhost"
    ) -> tuple[Path, Path]:
        """Return certificate and key; expired with `days` below 0."""
        file, key, request = (self._folder / f"{name}.{suffix}" for suffix in ("pem", "key", "csr"))
        extension = self._folder / f"{name}.ext"
        extension.write_text(f"subjectAltName={names}\n")
        openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request
        )
        signing: list[str | Path] = ["-CA", self.file, "-CAkey", self._key, "-CAcreateserial"]
        signing += ["-extfile", extension, "-days", str(days)]
        openssl("x509", "-req", "-in", request, *signing, "-out", file)
        key.chmod(0o600)
        return file, key


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], capture_output=True, check=True, timeout=60)
