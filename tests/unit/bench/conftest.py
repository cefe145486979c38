"""The benches are programs, not a package: their folder is on the path while one of these tests runs."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[3] / "bench"


@pytest.fixture(autouse=True)
def on_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(BENCH))
    for name in ("BENCH", "CI", "FLOWSHIP_BENCH_RESULTS"):
        monkeypatch.delenv(name, raising=False)
    yield
    for name in ("judge", "run", "deploy", "inputs", "processes", "floor", "sandboxed"):
        sys.modules.pop(name, None)
