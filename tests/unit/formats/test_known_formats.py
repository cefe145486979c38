"""Which files are read, and as what, follows from the registered source formats alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deployer.formats import discover, files, known_formats
from deployer.model.errors import UsageError
from deployer.model.source_format import SourceFormat
from deployer.platforms import source_formats

ROUTES = SourceFormat(
    "meingpt", "Routes", "json", suffixes={".route": "agent"}, rule_sets={}, target_key="id", preview_key="key", unused_keys={"endpoint": "x"}
)
TABLES = SourceFormat(
    "gptbots", "Tables", "yaml", {".table": "workflow"}, {}, "key", "keys", {}, top_keys=(b"rows", b"head"), lookalike=rb"(?m)^head: none$"
)


@pytest.fixture(autouse=True)
def registered_again() -> Iterator[None]:
    yield
    source_formats.register()


def test_formats_are_found_by_platform_and_by_suffix_of_any_case() -> None:
    known_formats.register((ROUTES, TABLES))
    assert known_formats.format_of("meingpt") is ROUTES
    assert known_formats.format_of_file("a/b.TABLE") is TABLES
    assert (known_formats.format_of("nobody"), known_formats.format_of(["x"]), known_formats.format_of_file("a.flow")) == (None, None, None)
    assert known_formats.suffix_table() == ".route (Routes), .table (Tables)"


def test_registering_replaces_earlier_formats() -> None:
    known_formats.register((ROUTES,))
    known_formats.register((TABLES,))
    assert known_formats.all_formats() == (TABLES,)


def test_file_is_read_in_the_language_and_kind_of_its_format(tmp_path: Path) -> None:
    known_formats.register((ROUTES, TABLES))
    (tmp_path / "a.route").write_text('{"a": 1}')
    (tmp_path / "b.table").write_text("a: 1\n")
    route, table = (files.read(str(tmp_path), name)[0] for name in ("a.route", "b.table"))
    assert route is not None
    assert table is not None
    assert (route.platform, route.kind, route.definition) == ("meingpt", "agent", {"a": 1})
    assert (table.platform, table.kind, table.definition) == ("gptbots", "workflow", {"a": 1})


def test_format_with_top_keys_needs_them_below_folders(tmp_path: Path) -> None:
    known_formats.register((ROUTES, TABLES))
    for name, content in (("a.route", "x"), ("b.table", "rows: []\nhead: x\n"), ("c.table", "rows: []\n"), ("d.table", "rows: []\nhead: none\n")):
        (tmp_path / name).write_text(content)
    assert discover.find_definitions(str(tmp_path)) == ("a.route", "b.table")
    assert discover.expand_pattern(str(tmp_path), "*") == ("a.route", "b.table", "c.table", "d.table")


def test_without_formats_every_file_is_refused(tmp_path: Path) -> None:
    known_formats.register(())
    (tmp_path / "a.flow").write_text("{}")
    source, (finding,) = files.read(str(tmp_path), "a.flow")
    assert (source, finding.rule, finding.severity) == (None, "file-suffix", "error")
    with pytest.raises(UsageError, match="matches no files"):
        discover.expand_pattern(str(tmp_path), "*.flow")
