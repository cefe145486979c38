"""The catalogue has every code that the published pages document, each with words of its own."""

import re
from pathlib import Path

import pytest

from deployer.platforms.error_codes import OURS, ErrorInfo, look_up
from deployer.platforms.registry import PLATFORMS

PUBLISHED = Path(__file__).parents[2] / "data" / "published"
TABLES = {**{name: platform.errors for name, platform in PLATFORMS.items()}, "ours": OURS}
EVERY = [(where, code, entry) for where, table in TABLES.items() for code, entry in table.items()]


def test_every_published_gptbots_code() -> None:
    codes = set(re.findall(r"^\| (\d+) \| ", (PUBLISHED / "gptbots-published.txt").read_text(), re.MULTILINE)) - {"0"}
    assert len(codes) == 7
    assert codes | {"40127", "40000", "40008", "50000", "HTTP 401", "HTTP 403", "HTTP 429", "HTTP 500"} <= set(PLATFORMS["gptbots"].errors)


def test_every_published_meingpt_code() -> None:
    codes = set(re.findall(r"^  • ([A-Z_]+) - ", (PUBLISHED / "meingpt-published.txt").read_text(), re.MULTILINE))
    assert len(codes) == 6
    assert codes | {"HTTP 403"} <= set(PLATFORMS["meingpt"].errors)


@pytest.mark.parametrize(("where", "code", "entry"), EVERY, ids=[f"{where} {code}" for where, code, _ in EVERY])
def test_every_entry_says_what_and_what_next(where: str, code: str, entry: ErrorInfo) -> None:
    assert entry.name
    assert entry.meaning.endswith(".")
    assert entry.fix.endswith(".")
    assert "|" not in "".join(entry)


def test_unknown_codes_fall_back_to_their_status() -> None:
    assert look_up(PLATFORMS["gptbots"].errors, "49999", 403).name == "no version management"
    assert look_up(PLATFORMS["gptbots"].errors, "49999", 200).name == "unknown code"
    assert look_up(PLATFORMS["meingpt"].errors, "HTTP 503", 503).name == "server error"
    assert look_up(PLATFORMS["meingpt"].errors, "HTTP 418", 418).name == "refused"
    assert look_up({}, "X").fix


@pytest.mark.parametrize(("name", "inputs"), [("gptbots", {"endpoint", "gptbots-base-url"}), ("meingpt", {"meingpt-base-url"})])
def test_unreachable_names_the_inputs_that_say_where_this_platform_is(name: str, inputs: set[str]) -> None:
    _, fix = PLATFORMS[name].service.explain("UNREACHABLE", None)
    assert set(re.findall("`([^`]+)`", fix)) == inputs
