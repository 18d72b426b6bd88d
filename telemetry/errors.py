"""The one tree of errors.

    OutfallError
    ├── ConfigError          a plant folder that cannot be run
    ├── DeviceError          a device, a line or a broker
    │   ├── DeviceUnreachable    no connection, or no answer in time
    │   │   └── LineUnreachable      what it shares with others is gone
    │   └── DeviceRefused        it answered, and said no
    ├── StoreError           a store that cannot be read or written
    │   └── StoreAway            its server does not answer, or lets nobody in
    └── RequestError         what somebody asked for cannot be done; carries a stable `code`
        ├── NotFound
        ├── Conflict
        ├── Invalid
        ├── Unauthenticated
        ├── Forbidden
        └── TooMany          with how long to wait

Errors of libraries are wrapped where they enter. A message says what, where and how to mend it.
"""


class OutfallError(Exception):
    """Every error the product raises on purpose."""


class ConfigError(OutfallError):
    """A plant folder cannot be run as it stands."""


class DeviceError(OutfallError):
    """A device, its line or a broker failed."""


class DeviceUnreachable(DeviceError):
    """No connection, or no answer in time."""


class LineUnreachable(DeviceUnreachable):
    """The connection or serial port cannot be opened: nothing that shares it can be reached."""


class DeviceRefused(DeviceError):
    """The device answered and refused; `exception_code` is Modbus' where there is one."""

    def __init__(self, message: str, exception_code: int | None = None) -> None:
        super().__init__(message)
        self.exception_code = exception_code


class StoreError(OutfallError):
    """A store cannot be read or written."""


class StoreAway(StoreError):
    """The server of the people's store is away: it does not answer, or refuses this node."""


class RequestError(OutfallError):
    """What somebody asked for cannot be done.

    `code` is stable and machine-readable (`alarm_not_found`); the message is for people.
    """

    status = 400

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Invalid(RequestError):
    """The request does not make sense as given."""

    status = 422


class NotFound(RequestError):
    """What is asked for does not exist."""

    status = 404


class Conflict(RequestError):
    """It exists and stands in another state than the request takes for granted."""

    status = 409


class Unauthenticated(RequestError):
    """Nobody knows who asks, and this is not for everybody."""

    status = 401


class Forbidden(RequestError):
    """Whoever asks may not."""

    status = 403


class TooMany(RequestError):
    """Too many of them at once or of late; `retry_after_s` is when to come again, whole seconds."""

    status = 429

    def __init__(self, code: str, message: str, retry_after_s: int) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s
