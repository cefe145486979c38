"""Every platform's source format. Imports no client: `flowship lint` starts with this part of the room alone."""

from deployer.formats import known_formats
from deployer.model.source_format import SourceFormat
from deployer.platforms.gptbots import format as gptbots
from deployer.platforms.meingpt import format as meingpt

SOURCE_FORMATS = (gptbots.FORMAT, meingpt.FORMAT)


def register() -> None:
    """Gives them to the rooms below, and how to find those of other packages. The program does so once, before it reads a file."""
    known_formats.register(SOURCE_FORMATS, _find_added)


def _find_added() -> tuple[SourceFormat, ...]:
    from deployer.platforms import added

    return added.source_formats()
