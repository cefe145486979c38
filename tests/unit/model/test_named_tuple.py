"""`NamedTuple` of the lint path does what `typing.NamedTuple` does, as far as it is used."""

from __future__ import annotations

import pickle
import typing
from pathlib import Path

import pytest

from deployer.model import named_tuple


class Own(named_tuple.NamedTuple):
    line: int
    column: int
    text: str = "none"

    @property
    def place(self) -> str:
        return f"{self.line}:{self.column}"


class Standard(typing.NamedTuple):
    line: int
    column: int
    text: str = "none"


def test_has_no_dict() -> None:
    assert not hasattr(Own(1, 2), "__dict__")


@pytest.mark.parametrize("values", [(1, 2), (1, 2, "x")])
def test_values_by_place_and_defaults_are_those_of_typing(values: tuple[typing.Any, ...]) -> None:
    own, standard = Own(*values), Standard(*values)
    assert tuple(own) == tuple(standard)
    assert (own.line, own.column, own.text) == (standard.line, standard.column, standard.text)
    assert own == tuple(standard)
    assert hash(own) == hash(standard)


def test_values_by_name_stand_in_the_order_of_the_fields() -> None:
    assert Own(1, text="x", column=2) == Own(column=2, text="x", line=1) == (1, 2, "x")


@pytest.mark.parametrize(
    ("values", "named"),
    [((1,), {}), ((1, 2, "x", 4), {}), ((1, 2), {"other": 3}), ((1, 2), {"line": 3}), ((), {"column": 1}), ((1, 2, "x"), {"text": "y"})],
)
def test_missing_surplus_repeated_and_unknown_values_are_refused(values: tuple[typing.Any, ...], named: dict[str, typing.Any]) -> None:
    for kind in (Own, Standard):
        with pytest.raises(TypeError):
            kind(*values, **named)


def test_make_takes_as_many_values_as_there_are_fields() -> None:
    assert Own._make([1, 2, "x"]) == (1, 2, "x")
    with pytest.raises(TypeError):
        Own._make([1, 2])


def test_replace_gives_another_value_and_refuses_unknown_names() -> None:
    own = Own(1, 2)
    changed = own._replace(column=3)
    assert (changed, type(changed), own) == ((1, 3, "none"), Own, (1, 2, "none"))
    with pytest.raises(TypeError):
        own._replace(other=3)  # type: ignore[call-arg]


def test_field_cannot_be_set() -> None:
    with pytest.raises(AttributeError):
        Own(1, 2).line = 3  # type: ignore[misc]


def test_fields_and_text_are_those_of_typing() -> None:
    assert Own._fields == Standard._fields
    assert Own._field_defaults == Standard._field_defaults
    assert Own(1, 2)._asdict() == Standard(1, 2)._asdict()
    assert repr(Own(1, 2)) == repr(Standard(1, 2)).replace("Standard", "Own")


def test_matches_by_place() -> None:
    match Own(1, 2):
        case Own(line, column, "none"):
            assert (line, column) == (1, 2)
        case _:
            pytest.fail("no match")


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickled_value_is_the_same(protocol: int) -> None:
    own = pickle.loads(pickle.dumps(Own(1, 2, "x"), protocol))
    assert (own, type(own), own.place) == ((1, 2, "x"), Own, "1:2")


def test_each_module_that_uses_it_imports_annotations_from_the_future() -> None:
    """From Python 3.14 on, a class has its annotations at its creation only there."""
    package = Path(named_tuple.__file__).parents[1]
    texts = {str(path.relative_to(package)): path.read_text("utf-8") for path in package.rglob("*.py")}
    users = {name for name, text in texts.items() if "from deployer.model.named_tuple import NamedTuple\n" in text}
    assert "model/finding.py" in users
    assert not [name for name in users if "\nfrom __future__ import annotations\n" not in texts[name]]
