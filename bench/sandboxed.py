"""A sandbox with latency, in a process of its own, and the environment that it and what is timed run in."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def sandbox(root: Path, latency_s: float, *options: str) -> Iterator[str]:
    """Its base URL."""
    command = [sys.executable, "-m", "deployer", "sandbox", "--port", "0", "--latency", str(latency_s), *options]
    with subprocess.Popen(command, cwd=root, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout  # noqa: S101 - it was asked for
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Nothing of this machine's but its PATH."""
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT), **(more or {})}
