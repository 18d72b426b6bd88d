import pytest

from dashboards.people import PeopleStore
from telemetry.errors import Invalid


@pytest.mark.parametrize(
    ("url", "host", "user", "database", "tls"),
    [
        ("postgresql://reader@db/people", "db:5432", "reader", "people", "require"),
        ("postgresql://db:6000/people", "db:6000", "outfall_grafana", "people", "require"),
        ("postgresql://r%40x@[::1]:5433/p%20q?sslmode=disable", "[::1]:5433", "r@x", "p q", "disable"),
    ],
)
def test_an_address_says_where_and_as_whom(url: str, host: str, user: str, database: str, tls: str) -> None:
    assert PeopleStore.at(url) == PeopleStore(host, user, database, tls)


@pytest.mark.parametrize(
    "url",
    ["", "db:5432/people", "postgresql://db", "mysql://db/x", "postgresql://db:x/p", "postgresql://d/p?a=1"],
)
def test_an_address_that_is_none_says_how_it_is_written(url: str) -> None:
    with pytest.raises(Invalid, match="write postgresql://ROLE@HOST:PORT/DATABASE"):
        PeopleStore.at(url)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(Invalid, match="--postgres-password-file") as told:
        PeopleStore.at("postgresql://reader:hidden@db/people")

    assert "hidden" not in str(told.value)


def test_an_unknown_way_of_tls_is_refused() -> None:
    with pytest.raises(Invalid, match="disable, require, verify-ca, verify-full"):
        PeopleStore.at("postgresql://db/people?sslmode=prefer")


def test_the_source_holds_a_password_only_where_one_is_given() -> None:
    store = PeopleStore.at("postgresql://db/people")

    assert "secureJsonData" not in store.source(None)
    assert store.source("p")["secureJsonData"] == {"password": "p"}
