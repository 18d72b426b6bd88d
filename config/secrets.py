"""Passwords and tokens: from an environment variable or from a file, never from the plant folder.

A file's owner may read and write it and its group may read it: that is how Kubernetes and Docker hand a
secret to a process that is not its owner (0440 with the process's group). Whatever lets others read it, or
anybody but its owner replace it, is refused.
"""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from alarms.notify.settings import FALLBACK_VARIABLE, PushSettings
from collectors.mqtt.settings import MqttSettings
from history.influx.settings import TOKEN_VARIABLE, InfluxSettings
from telemetry.errors import ConfigError

SECRET_MEND: Final = "take it out; name a variable in password_env or a file in password_file instead"
TOKEN_MEND: Final = "take it out; name a variable in token_env or a file in token_file instead"
FALLBACK_MEND: Final = "take it out; name a variable in fallback_env or a file in fallback_file instead"
LONGEST: Final = 4096
_SECRET: Final = re.compile(
    r"passw(or)?d|passphrase|pwd$|secret|token|api_?key|private_?key|credential|密码|口令|密钥", re.IGNORECASE
)
_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")


class SecretMissing(ConfigError):
    """The file of a secret is not there; whatever makes it may not have been at it yet."""


def is_secret(name: str) -> bool:
    """Return whether a key or a column promises something that does not belong in a folder."""
    return _SECRET.search(name) is not None and not name.endswith(("_env", "_file"))


def is_variable(name: str) -> bool:
    """Return whether this is written as a variable's name is, and so is no password itself."""
    return _VARIABLE.fullmatch(name) is not None


def is_inside(file: Path, folder: Path) -> bool:
    """Return whether a file stands in the folder, links followed."""
    return Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder))


def password_of(settings: MqttSettings, folder: Path, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the password of a connection, None where it has none; ConfigError where it cannot be had.

    The password itself is never part of a message.
    """
    if settings.password_env is not None:
        return _from_variable(settings.password_env, "password_env", environ)
    if settings.password_file is None:
        return None
    return secret_in(Path(settings.password_file), "password", "password_file", folder)


def token_of(settings: InfluxSettings, folder: Path, environ: Mapping[str, str] = os.environ) -> str:
    """Return the token of a target; ConfigError, which never shows it, where it cannot be had."""
    if settings.token_file is not None:
        return token_in(Path(settings.token_file), "token_file", folder)
    if settings.token_env is not None:
        return _from_variable(settings.token_env, "token_env", environ)
    token = environ.get(TOKEN_VARIABLE)
    if not token:
        raise ConfigError(
            f"influx: the environment variable {TOKEN_VARIABLE} is not set: set it, or name a token_file"
        )
    return token


def fallback_of(
    settings: PushSettings, folder: Path, environ: Mapping[str, str] = os.environ
) -> tuple[str, ...]:
    """Return the targets that are nobody's, blanks between them; none where none are named.

    ConfigError, which never shows them, where those that are named cannot be had.
    """
    if settings.fallback_file is not None:
        text = secret_in(Path(settings.fallback_file), "targets", "fallback_file", folder)
    elif settings.fallback_env is not None:
        text = _from_variable(settings.fallback_env, "fallback_env", environ)
    else:
        text = environ.get(FALLBACK_VARIABLE, "")
    return tuple(text.split())


def _from_variable(variable: str, key: str, environ: Mapping[str, str]) -> str:
    # Somebody may have written the secret itself where the variable's name belongs.
    shown = f" {variable}" if is_variable(variable) else ""
    secret = environ.get(variable)
    if not secret:
        raise ConfigError(f"the environment variable{shown} named in {key} is not set: set it")
    return secret


def token_in(file: Path, key: str, folder: Path | None) -> str:
    """Return the token that a file holds, as `secret_in` does; it has no blanks and is ASCII."""
    token = secret_in(file, "token", key, folder).strip()
    # It becomes part of a header, where anything else would end it or be refused without saying why.
    if not token.isascii() or not token.isprintable() or any(letter.isspace() for letter in token):
        raise ConfigError(f"{file}: holds no token: write it there as one line")
    return token


def secret_in(file: Path, what: str, key: str, folder: Path | None) -> str:
    """Return the one line of a file outside the folder; SecretMissing where there is no file.

    ConfigError where it cannot be read, others than its owner and group may, or its group may write it.
    """
    if folder is not None and is_inside(file, folder):
        raise ConfigError(f"{file}: the {what} stands in the plant folder: move it elsewhere")
    try:
        with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as opened:
            status = os.fstat(opened.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ConfigError(f"{file}: {key} is no plain file: name one")
            if status.st_mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
                raise ConfigError(f"{file}: others may read or write the {what}: chmod 600 {file}")
            data = opened.read(LONGEST + 1)
    except FileNotFoundError as error:
        raise SecretMissing(f"{file}: the {what} cannot be read ({error.strerror}): mend {key}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise ConfigError(f"{file}: the {what} cannot be read ({reason}): mend {key}") from None
    secret = data.decode("utf-8", "replace").strip("\r\n")
    if not secret or "\n" in secret or "\ufffd" in secret or len(data) > LONGEST:
        raise ConfigError(f"{file}: holds no {what}: write it there as one line of UTF-8")
    return secret
