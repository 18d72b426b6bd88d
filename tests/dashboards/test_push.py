import pytest

from dashboards.description import Store
from dashboards.provisioning import boards, source
from dashboards.push import Grafana as Client
from telemetry.errors import DeviceRefused, DeviceUnreachable, Invalid
from tests.dashboards.grafana import TOKEN, Grafana, served
from tests.dashboards.plants import view

FOLDER = "outfall-small-folder"


def pushed(
    url: str,
    *,
    token: str = TOKEN,
    title: str = "小厂",
    influx: str | None = "read-both",
    bucket: str = "outfall",
) -> list[str]:
    """Return what becomes of each thing."""
    store = Store(bucket=bucket)
    sources = [] if influx is None else [source(store, influx)]
    made = Client(url, token).push(title, FOLDER, sources, boards(view("tiny"), store))
    return [done.outcome for done in made]


def test_a_first_push_creates_and_a_second_one_finds_everything_as_it_is() -> None:
    grafana = Grafana()

    with served(grafana) as url:
        said = [pushed(url), pushed(url)]

    assert said == [["created", "created", "created"], ["unchanged", "unchanged", "unchanged"]]
    assert set(grafana.boards) == {"outfall-small-wall"}
    assert grafana.boards["outfall-small-wall"]["meta"]["folderUid"] == FOLDER
    assert grafana.boards["outfall-small-wall"]["dashboard"]["version"] == 1
    assert grafana.tokens == ["read-both", "read-both"]


def test_what_has_changed_is_updated() -> None:
    grafana = Grafana()

    with served(grafana) as url:
        pushed(url)
        said = pushed(url, title="another name", bucket="other")

    assert said == ["updated", "updated", "updated"]
    assert grafana.folders[FOLDER]["title"] == "another name"
    assert grafana.sources["outfall-influxdb"]["jsonData"]["defaultBucket"] == "other"


def test_a_board_that_was_moved_comes_back_to_its_folder() -> None:
    grafana = Grafana()

    with served(grafana) as url:
        pushed(url)
        grafana.boards["outfall-small-wall"]["meta"]["folderUid"] = "elsewhere"
        said = pushed(url)

    assert said == ["unchanged", "unchanged", "updated"]


def test_without_a_token_for_influxdb_the_data_source_is_left_alone() -> None:
    grafana = Grafana()

    with served(grafana) as url:
        said = pushed(url, influx=None)

    assert said == ["created", "created"]
    assert grafana.sources == {}


def test_a_grafana_below_a_path_is_reached() -> None:
    grafana = Grafana("/watch/grafana")

    with served(grafana) as url:
        said = pushed(f"{url}/")

    assert said == ["created", "created", "created"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "403, the token may not do this; its service account needs the role Editor"),
        (412, "412, what is there is provisioned from files, or was changed meanwhile"),
        (500, "500, Server Error 500: refused"),
    ],
)
def test_a_refusal_says_of_what_and_how_it_is_mended(status: int, words: str) -> None:
    grafana = Grafana()
    grafana.refuses["POST", "/dashboards"] = status

    with (
        served(grafana) as url,
        pytest.raises(DeviceRefused, match="dashboard 小厂") as told,
    ):
        pushed(url)

    assert words in str(told.value)


def test_an_editor_to_whom_grafana_denies_what_is_not_there_may_create_it() -> None:
    grafana = Grafana()
    grafana.refuses["GET", f"/folders/{FOLDER}"] = 403

    with served(grafana) as url:
        said = pushed(url, influx=None)

    assert said == ["created", "created"]


def test_a_token_that_is_not_known_is_told_so() -> None:
    with (
        served(Grafana()) as url,
        pytest.raises(DeviceRefused, match="401, the token is not known there") as told,
    ):
        pushed(url, token="another")

    assert "another" not in str(told.value)


def test_nobody_there_is_told_with_the_address() -> None:
    with pytest.raises(
        DeviceUnreachable, match=r"http://127\.0\.0\.1:1: no Grafana answers there; check --url"
    ):
        pushed("http://127.0.0.1:1")


@pytest.mark.parametrize("page", [b"<html>hello</html>", b"5"])
def test_what_is_no_grafana_is_told_so(page: bytes) -> None:
    other = Grafana()
    other.page = page

    with served(other) as url, pytest.raises(DeviceRefused, match="what answers there is no Grafana"):
        pushed(url)


@pytest.mark.parametrize("url", ["grafana:3000", "ftp://grafana", "http://", "http://grafana/?x=1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="write http://HOST:PORT"):
        pushed(url)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(Invalid, match="give a token with --token-file") as told:
        pushed("http://admin:hidden@grafana:3000")

    assert "hidden" not in str(told.value)
