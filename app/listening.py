"""The socket the console and the API listen on, bound before anything heavy is loaded."""

import socket

from telemetry.errors import ConfigError


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; ConfigError with a mend when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(512)
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"{host}:{port} cannot be listened on: {error.strerror}; stop what uses it, or take another port"
        ) from error
    return listening
