"""A container engine, found or set up by tests/e2e/engine.sh, and the action's files as a checkout would hold them."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("action.yml", "Dockerfile", ".dockerignore", "requirements.txt", "LICENSE", "entrypoint.py", "deployer")
OUR_FIRST_LAYER = "org.opencontainers.image.title"  # is in the instruction of the first one above the base


class EngineError(Exception):
    """The engine's client ended with an error; the text is all that it printed."""


@dataclass(frozen=True)
class Engine:
    """A container engine: `command` starts its client, `environ` reaches its API. `stand_in`: its base image is built from Debian's packages."""

    command: tuple[str, ...]
    environ: Mapping[str, str]
    cache: Path
    stand_in: bool

    def __call__(self, *arguments: str, check: bool = True, timeout: float = 300) -> "subprocess.CompletedProcess[str]":
        """Raises EngineError when it fails, unless not to `check`."""
        done = subprocess.run([*self.command, *arguments], env=self.environ, capture_output=True, text=True, timeout=timeout, check=False)
        if check and done.returncode:
            raise EngineError(f"{' '.join(arguments)} exits {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def layers(self, image: str) -> list[tuple[int, str]]:
        """Bytes (uncompressed) and the instruction of each layer, the newest first."""
        if self.command[0] == "podman":  # the one whose templates know no plain numbers
            return [(each["size"], each["CreatedBy"]) for each in json.loads(self("history", "--no-trunc", "--format", "json", image).stdout)]
        rows = self("history", "--no-trunc", "--human=false", "--format", "{{.Size}} {{.CreatedBy}}", image).stdout.splitlines()
        return [(int(size), made_by) for size, _, made_by in (row.partition(" ") for row in rows)]

    def our_layers(self, image: str) -> list[int]:
        """Bytes (uncompressed) of each layer above the base, the newest first."""
        layers = self.layers(image)
        first = next(place for place, (_, made_by) in enumerate(layers) if OUR_FIRST_LAYER in made_by)
        return [size for size, _ in layers[: first + 1]]


def find_engine() -> Engine:
    """The one that engine.sh finds or sets up. Raises CalledProcessError where it can do neither."""
    found = subprocess.run([ROOT / "tests/e2e/engine.sh"], stdout=subprocess.PIPE, text=True, check=True)
    facts = dict(line.split("=", 1) for line in found.stdout.splitlines())
    cache, stand_in = Path(facts["CACHE"]), facts["BASE"] == "stand-in"
    if facts["ENGINE"] == "docker":
        return Engine(("docker",), dict(os.environ), cache, stand_in)
    command = ("podman", "--root", str(cache / "storage"), "--runroot", str(cache / "run"))
    return Engine(command, {**os.environ, "CONTAINERS_CONF": str(cache / "containers.conf")}, cache, stand_in)


def copy_action(folder: Path, engine: Engine, parts: Sequence[str] = PARTS) -> None:
    """Only where no registry answers is the base's digest taken off: the stand-in has none."""
    for part in parts:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    if engine.stand_in:
        dockerfile = folder / "Dockerfile"
        lines = [line.split("@sha256:")[0] + " AS base" if line.startswith("FROM python:") else line for line in dockerfile.read_text().splitlines()]
        dockerfile.write_text("\n".join(lines) + "\n")
