"""TLS to a broker: what is trusted, what is shown, and what a failure means in words."""

import os
import ssl
import stat
from typing import Final, NoReturn

from collectors.mqtt.settings import TlsSettings
from telemetry.errors import ConfigError

_NO_TLS: Final = "it does not speak TLS there"
_REASONS: Final = (
    ("WRONG_VERSION_NUMBER", _NO_TLS),
    ("HTTP_REQUEST", _NO_TLS),
    ("UNEXPECTED_EOF", "it ends the connection in the midst of the handshake; does it speak TLS there?"),
    ("CERTIFICATE_REQUIRED", "it wants a certificate of the node: write tls.certificate and tls.key"),
    ("UNKNOWN_CA", "it does not trust the node's certificate: its authority is another one"),
    ("ALERT_CERTIFICATE_EXPIRED", "the node's certificate has expired: renew it"),
    ("ALERT_CERTIFICATE_REVOKED", "the node's certificate is revoked: renew it"),
    ("ALERT_BAD_CERTIFICATE", "it does not take the node's certificate"),
    ("ALERT_HANDSHAKE_FAILURE", "it refuses the handshake; it may want a certificate of the node"),
    ("PROTOCOL_VERSION", "it speaks no version of TLS that is still safe (1.2 or 1.3)"),
    ("UNSUPPORTED_PROTOCOL", "it speaks no version of TLS that is still safe (1.2 or 1.3)"),
)
_VERIFY_REASONS: Final = {
    "certificate has expired": "its certificate has expired: it is to be renewed there",
    "certificate is not yet valid": "its certificate is not yet valid: compare both clocks",
    "self-signed certificate": "its certificate is signed by itself: name that file in tls.ca",
}
_NOT_TRUSTED: Final = "its certificate is not trusted: name its authority's file in tls.ca ({said})"
_OTHER_NAME: Final = "its certificate is for another name: write the right one in tls.server_name ({said})"


def context_of(settings: TlsSettings) -> ssl.SSLContext:
    """Return what a connection is encrypted by, its files read anew; ConfigError names key and mend."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if settings.ca is None:
        context.load_default_certs()
    else:
        _check_file("tls.ca", settings.ca)
        try:
            context.load_verify_locations(settings.ca)
        except (OSError, ValueError):
            _refuse("tls.ca", settings.ca, "holds no certificate: name a PEM file")
    if settings.certificate is not None and settings.key is not None:
        _show_own(context, settings.certificate, settings.key)
    return context


def words_of(error: ssl.SSLError) -> str:
    """Return what a failure of TLS means, and how to mend it where that can be told."""
    if isinstance(error, ssl.SSLCertVerificationError):
        found = error.verify_message.rstrip(".")
        if "mismatch" in found:
            return _OTHER_NAME.format(said=found)
        return _VERIFY_REASONS.get(found, _NOT_TRUSTED.format(said=found))
    # What was made up by hand, as by Python's own handshake, has no reason.
    said = getattr(error, "reason", None)
    reason = f"{said or ''} {error.strerror or error}".upper().replace(" ", "_")
    known = next((words for name, words in _REASONS if name in reason), None)
    return known or f"TLS fails: {(said or str(error)).lower().replace('_', ' ')}"


def _show_own(context: ssl.SSLContext, certificate: str, key: str) -> None:
    _check_file("tls.certificate", certificate)
    if _check_file("tls.key", key) & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
        _refuse("tls.key", key, f"others may read or write it: chmod 600 {key}")
    try:
        # Without a password of ours, OpenSSL would ask for one at the terminal.
        context.load_cert_chain(certificate, key, password=_no_password)
    except _EncryptedKey:
        _refuse("tls.key", key, "it is encrypted: write it without a passphrase, for the node's user alone")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            _refuse("tls.key", key, f"it does not belong to tls.certificate {certificate}: name its own")
        _refuse("tls.certificate", certificate, "no certificate and key in PEM there: name such files")
    except (OSError, ValueError) as error:
        _refuse("tls.key", key, f"cannot be used ({error}): mend it")


class _EncryptedKey(Exception):
    pass


def _no_password() -> str:
    raise _EncryptedKey


def _check_file(name: str, file: str) -> int:
    """Return a plain file's mode; what reads it later names no file in its errors."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
        try:
            mode = os.fstat(descriptor).st_mode
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        _refuse(name, file, f"cannot be read ({reason}): mend {name}")
    if not stat.S_ISREG(mode):
        _refuse(name, file, "is no plain file: name one")
    return mode


def _refuse(name: str, file: str, why: str) -> NoReturn:
    raise ConfigError(f"{name} {file}: {why}") from None
