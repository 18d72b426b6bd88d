import io
from pathlib import Path

import pytest

from app.cli import main
from tests.config.folders import GOOD

PASSWORD = "long enough 1"


class Ran:
    """One command after the other on the same data."""

    def __init__(
        self, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._data, self._monkeypatch, self._capsys = data, monkeypatch, capsys

    def __call__(self, action: str, *words: str, password: str = "") -> tuple[object, str, str]:
        """Return exit code, standard output and standard error."""
        self._monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        with pytest.raises(SystemExit) as ended:
            main(["user", action, str(GOOD), "--data", str(self._data), *words])
        printed = self._capsys.readouterr()
        return ended.value.code, printed.out, printed.err


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ran:
    return Ran(tmp_path / "data", monkeypatch, capsys)


def test_each_change_of_an_account_is_said_in_one_line(ran: Ran) -> None:
    assert [
        ran("add", "王磊", "--role", "operator", password=PASSWORD),
        ran("password", "王磊", password="another long 2"),
        ran("deactivate", "王磊"),
        ran("list"),
    ] == [
        (0, "王磊: added as operator\n", ""),
        (0, "王磊: new password set, sessions ended\n", ""),
        (0, "王磊: deactivated\n", ""),
        (0, "王磊  operator  deactivated\n", ""),
    ]


def test_what_cannot_be_done_as_asked_is_a_mistake_and_changes_nothing(ran: Ran) -> None:
    ran("add", "王磊", "--role", "operator", password=PASSWORD)

    answers = [
        ran("add", "李娜", "--role", "operator", password="short"),
        ran("add", "王磊", "--role", "engineer", password=PASSWORD),
        ran("deactivate", "nobody"),
        ran("add", "李娜", "--role", "emperor", password=PASSWORD),
    ]

    assert [(code, out) for code, out, _ in answers] == [(2, "")] * 4
    assert answers[0][2] == "outfall: a password has at least 8 characters\n"
    assert answers[1][2] == "outfall: there is an account 王磊 already, active or not\n"
    assert ran("list")[1] == "王磊  operator\n"
