"""`NamedTuple` for the modules that `flowship lint` loads: the same to a reader and to the type checker, without the import of `typing`.

That import, and the constructor that `typing.NamedTuple` compiles for each class, take longer than linting a file. A module that takes it from here
imports `annotations` from `__future__`: the types of its fields are then not evaluated, and may be imported for the type checker only.
"""

from collections import _tuplegetter  # type: ignore[attr-defined]  # what `collections.namedtuple` reads its fields with

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, NamedTuple, Self

__all__ = ["NamedTuple"]

_new_tuple = tuple.__new__


class _FieldReader(type):
    """Makes a class a tuple of its annotated fields. The value that a field has in the class is its default. `_rests`: by the number of values that
    are given, the defaults that complete them."""

    _fields: "tuple[str, ...]"
    _field_defaults: "Mapping[str, Any]"
    _rests: "Mapping[int, tuple[Any, ...]]"

    def __new__(cls, name: str, bases: "tuple[type, ...]", namespace: "dict[str, Any]") -> "_FieldReader":
        fields = tuple(namespace.get("__annotations__", ()))
        defaults = {field: namespace[field] for field in fields if field in namespace}
        rests = {len(fields) - number: tuple(defaults.values())[len(defaults) - number :] for number in range(len(defaults) + 1)}
        own = {"__slots__": (), "__match_args__": fields, "_fields": fields, "_field_defaults": defaults, "_rests": rests}
        getters = {field: _tuplegetter(index, f"Field {index}") for index, field in enumerate(fields)}
        return super().__new__(cls, name, bases, {**namespace, **own, **getters})


class _NamedTuple(tuple["Any", ...], metaclass=_FieldReader):
    """The methods of each class that `collections.namedtuple` makes."""

    __slots__ = ()

    def __new__(cls, *values: "Any", **named: "Any") -> "Self":
        rest = None if named else cls._rests.get(len(values))
        return _new_tuple(cls, cls._complete(values, named) if rest is None else values + rest)

    @classmethod
    def _complete(cls, values: "tuple[Any, ...]", named: "dict[str, Any]") -> "tuple[Any, ...]":
        """All values in the order of the fields. Raises TypeError where one is missing, or is no field's."""
        values_by_name = {**cls._field_defaults, **named}
        rest = cls._fields[len(values) :]
        missing = [field for field in rest if field not in values_by_name]
        if missing or len(values) > len(cls._fields) or not named.keys() <= set(rest):
            raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}; got {len(values)} values, and by name {', '.join(named) or 'none'}")
        return (*values, *[values_by_name[field] for field in rest])

    @classmethod
    def _make(cls, values: "Iterable[Any]") -> "Self":
        made = _new_tuple(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"{cls.__name__} takes {len(cls._fields)} values, got {len(made)}")
        return made

    def _replace(self, **changes: "Any") -> "Self":
        values = [changes.pop(field, value) for field, value in zip(self.__class__._fields, self)]
        if changes:
            raise TypeError(f"{self.__class__.__name__} has no {', '.join(changes)}")
        return self._make(values)

    def _asdict(self) -> "dict[str, Any]":
        return dict(zip(self.__class__._fields, self))

    def __getnewargs__(self) -> "tuple[Any, ...]":
        return tuple(self)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"


if not TYPE_CHECKING:
    NamedTuple = _NamedTuple
