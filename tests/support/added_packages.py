"""Packages that add a platform, as an installer leaves them: a module, and its `.dist-info` beside it, in a folder for PYTHONPATH."""

from pathlib import Path

TOY = (Path(__file__).parent / "toy_platform.py").read_text("utf-8")


def install(folder: Path, package: str, entry: str, module: str, source: str, version: str = "0.3.0") -> Path:
    """Writes the package into the folder, and returns that. `entry`: the line of the entry point, `NAME = MODULE:OBJECT`."""
    info = folder / f"{package.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[flowship.platforms]\n{entry}\n")
    (folder / f"{module}.py").write_text(source, "utf-8")
    return folder


def install_toy(folder: Path) -> Path:
    """The platform of `toy_platform`."""
    return install(folder, "flowship-toy", "toy = toy_platform:PLATFORM", "toy_platform", TOY)
