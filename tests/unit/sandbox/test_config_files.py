"""Reading configuration: dates stay text, and depth is an error message instead of a crash."""

from pathlib import Path

import pytest

from deployer.sandbox.config_files import ConfigFields, SandboxConfigError, load, parse


def test_dates_stay_text() -> None:
    assert parse("at: 2024-01-15T10:00:00Z\ncount: 3", "x") == {"at": "2024-01-15T10:00:00Z", "count": 3}


@pytest.mark.parametrize(("text", "message"), [("a: [", "x: not YAML"), ("[" * 5000, "x: cannot be read"), (b"\xff\xfe\xff", "x: ")])
def test_unreadable_text_is_an_error(text: str | bytes, message: str) -> None:
    with pytest.raises(SandboxConfigError, match=message):
        parse(text, "x")


def test_data_is_taken_as_it_is_and_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "faults.yml"
    path.write_text("- do: {status: 500}")
    assert load([1], "faults") == ([1], "faults")
    assert load(path, "faults") == ([{"do": {"status": 500}}], str(path))


@pytest.mark.parametrize(("value", "number"), [(0, 0.0), (1.5, 1.5), (None, 7.0)])
def test_number_has_a_default(value: float | None, number: float) -> None:
    assert ConfigFields({"delay": value}, "x", ("delay",)).number("delay", 7.0) == number


@pytest.mark.parametrize("value", [-1, True, "1", float("inf"), float("nan")])
def test_number_is_finite_and_not_negative(value: object) -> None:
    with pytest.raises(SandboxConfigError, match=r"x.delay: expected a number, 0 or more, got"):
        ConfigFields({"delay": value}, "x", ("delay",)).number("delay")
