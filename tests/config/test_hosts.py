import pytest

from config.hosts import host_mistake, is_loopback


@pytest.mark.parametrize(
    "host", ["192.168.1.10", "plc1", "plc-1.plant.local", "broker.plant.local.", "fe80::1", "my_host"]
)
def test_addresses_and_names_are_hosts(host: str) -> None:
    assert host_mistake(host) is None


@pytest.mark.parametrize(
    ("host", "what"),
    [
        ("192.168.1.300", "host is no address: four numbers up to 255 make one"),
        ("192.168.1", "host is no address: four numbers up to 255 make one"),
        ("plc1:502", "host has a port in it"),
        ("tcp://plc1", "host is written as an address of the web"),
        ("me:swordfish@plc1", "host names a user"),
        ("plc 1", "host is neither an address nor a name"),
        ("-plc", "host is neither an address nor a name"),
        ("１９２.168.1.1", "host is neither an address nor a name"),
    ],
)
def test_what_is_no_host_is_told_without_repeating_it(host: str, what: str) -> None:
    mistake = host_mistake(host)

    assert mistake is not None
    assert mistake[0] == what
    assert "swordfish" not in "".join(mistake)


@pytest.mark.parametrize(
    ("host", "only_here"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("node.plant.local", False),
    ],
)
def test_only_loopback_needs_no_tls(host: str, only_here: bool) -> None:
    assert is_loopback(host) is only_here
