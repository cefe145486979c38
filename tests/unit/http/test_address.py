"""Which addresses a key may travel to."""

import pytest

from deployer.model.errors import UsageError
from deployer.platforms.gptbots.client import gptbots_base
from deployer.platforms.meingpt.client import meingpt_base


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://gw.example.com", "https://gw.example.com"),
        ("https://gw.example.com/", "https://gw.example.com"),
        ("https://gw.example.com/v1", "https://gw.example.com"),
        ("https://gw.example.com/v1/", "https://gw.example.com"),
        ("https://gw.example.com/bots/v1//", "https://gw.example.com/bots"),
        ("https://gw.example.com/api-v1", "https://gw.example.com/api-v1"),
        ("HTTPS://GW.example.com:8443/v1", "https://gw.example.com:8443"),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://localhost:8787/v1", "http://localhost:8787"),
        ("http://[::1]:8787", "http://[::1]:8787"),
        ("http://sandbox:8787", "http://sandbox:8787"),
        ("http://flow_ship-1:80", "http://flow_ship-1:80"),
        (" https://gw.example.com\n", "https://gw.example.com"),
    ],
)
def test_good_addresses(given: str, used: str) -> None:
    assert gptbots_base("sg", given) == used
    assert meingpt_base(given) == used


@pytest.mark.parametrize(
    "given",
    [
        "http://api-sg.gptbots.ai",
        "http://example.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://localhost.",
        "http://134744072",
        "http://0x8080808",
        "http://[2001:db8::1]",
        "http://[::ffff:8.8.8.8]",
        "http://a..b",
        "http://",
        "https://",
        "https:///v1",
        "ftp://example.com",
        "file:///etc/passwd",
        "example.com",
        "//example.com",
        "https://user:secretpw@example.com",
        "https://secretpw@example.com",
        "http://127.0.0.1@example.com",
        "https://example.com?token=secretpw",
        "https://example.com/#secretpw",
        "https://example.com/?",
        "https://example.com:99999",
        "https://exam ple.com",
        "https://example.com\\@evil.com",
        "https://exam\nple.com",
        "https://[bad",
        "https://bücher.example",
    ],
)
def test_bad_addresses(given: str) -> None:
    with pytest.raises(UsageError) as info:
        gptbots_base("sg", given)
    assert "gptbots-base-url" in info.value.message
    assert info.value.fix
    assert "secretpw" not in str(info.value)
    with pytest.raises(UsageError, match="meingpt-base-url"):
        meingpt_base(given)


def test_the_published_hosts() -> None:
    assert gptbots_base() == "https://api-sg.gptbots.ai"
    assert gptbots_base("jp") == "https://api-jp.gptbots.ai"
    assert gptbots_base("eu-west-1", "") == "https://api-eu-west-1.gptbots.ai"
    assert meingpt_base() == "https://api.meingpt.com"


@pytest.mark.parametrize("endpoint", ["", "SG", "sg.evil.com/", "sg/x", "sg\n", "s g", "@x"])
def test_bad_endpoints(endpoint: str) -> None:
    with pytest.raises(UsageError, match="data centre"):
        gptbots_base(endpoint)
