"""The start of a step: the action's image with `plan` of three workflows against the sandbox, beside the same image that runs `true`.

Wall time, in turns; the best of the rounds counts on both sides. It is also what our layers add to the base, uncompressed, and compressed as a
runner pulls them. It needs the engine of tests/e2e; where there is none, nothing is measured, and it says so.
"""

import gzip
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from inputs import ROOT, Repository
from judge import LIMITS, NotMeasured, judge
from sandboxed import sandbox

sys.path.insert(0, str(ROOT / "tests/support"))

from container_engine import Engine, EngineError, copy_action, find_engine

ROUNDS = 15
TAG = "flowship-bench:latest"
FIRST_LINE, PLAN, LAYERS = (limit.name for limit in LIMITS["container"])


def engine_or_reason() -> Engine | NotMeasured:
    """An engine that is installed. The bench installs none."""
    answers = shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0  # noqa: S607
    if not answers and not shutil.which("podman"):
        return NotMeasured("no container engine")
    try:
        return find_engine()
    except subprocess.CalledProcessError as error:
        return NotMeasured(f"no container engine: engine.sh exits {error.returncode}")


@contextmanager
def image(engine: Engine) -> Iterator[str]:
    """The image, built from the files as they are."""
    with tempfile.TemporaryDirectory(prefix="flowship-bench-") as folder:
        copy_action(Path(folder), engine)
        engine("build", "--tag", TAG, folder, timeout=900)
    try:
        yield TAG
    finally:
        engine("rmi", TAG, check=False)


def plan_command(engine: Engine, repository: Repository, url: str) -> list[str]:
    """As the runner starts a container action."""
    inputs = {"mode": "plan", "keys": repository.keys("c"), "gptbots-base-url": url, "state": "none"}
    variables = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    variables |= {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "/github/workspace", "HOME": "/github/home"}
    flags = [flag for name, value in variables.items() for flag in ("--env", f"{name}={value}")]
    mounts = ["--volume", f"{repository.root}:/github/workspace", "--workdir", "/github/workspace"]
    return [*engine.command, "run", "--rm", "--network", "host", *mounts, *flags, TAG]


def timed(engine: Engine, command: Sequence[str]) -> tuple[float, float]:
    """Seconds to the first line (to the end, when there is none), and to the end. Raises EngineError when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=engine.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout  # noqa: S101 - it was asked for
    first = process.stdout.readline()
    to_first = time.perf_counter() - started
    rest, _ = process.communicate()
    if process.returncode:
        raise EngineError(f"{' '.join(command)} exits {process.returncode}:\n{first}{rest}")
    return to_first, time.perf_counter() - started


def ratios(engine: Engine, plan: Sequence[str]) -> dict[str, float]:
    bare = [*engine.command, "run", "--rm", "--network", "host", "--entrypoint", "true", TAG]
    rounds = [(timed(engine, bare)[1], *timed(engine, plan)) for _ in range(ROUNDS)]
    least = [min(column) for column in zip(*rounds)]
    print(f"a container that runs `true`: {least[0] * 1000:.0f} ms; to the first line: {least[1] * 1000:.0f} ms; plan: {least[2] * 1000:.0f} ms")
    return {FIRST_LINE: least[1] / least[0], PLAN: least[2] / least[0]}


def compressed_bytes(engine: Engine, number: int) -> int:
    """Of the newest `number` layers that hold files."""
    with tempfile.TemporaryDirectory(prefix="flowship-bench-") as folder:
        saved = Path(folder) / "image.tar"
        engine("save", "--output", str(saved), TAG)
        with tarfile.open(saved) as archive:
            (manifest,) = json.loads(_member(archive, "manifest.json"))
            return sum(_gzipped(_member(archive, name)) for name in manifest["Layers"][-number:])


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file  # noqa: S101 - a regular file
    return file.read()


def _gzipped(content: bytes) -> int:
    if content.startswith(b"\x1f\x8b"):
        return len(content)
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=6) as file:
        file.write(content)
    return len(buffer.getvalue())


def sizes(engine: Engine) -> dict[str, float]:
    ours = engine.our_layers(TAG)
    compressed = compressed_bytes(engine, sum(size > 0 for size in ours))
    base = " (the base is a stand-in)" if engine.stand_in else ""
    print(f"our layers: {sum(ours) / 1e6:.1f} MB, {compressed / 1e6:.1f} MB as they are pulled{base}")
    return {LAYERS: sum(ours) / 1e6}


def main() -> int:
    engine = engine_or_reason()
    if isinstance(engine, NotMeasured):
        return judge("container", {limit.name: engine for limit in LIMITS["container"]})
    with tempfile.TemporaryDirectory(prefix="flowship-bench-") as folder, image(engine):
        repository = Repository(Path(folder) / "three", 3)
        with sandbox(Path(folder), 0) as url:
            return judge("container", {**ratios(engine, plan_command(engine, repository, url)), **sizes(engine)})


if __name__ == "__main__":
    sys.exit(main())
