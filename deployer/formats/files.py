"""Reads one definition file: a Source, or the findings for which there is none.

A file of a JSON format that does not even start like JSON is opaque (an encrypted export) and deployed as it is
(docs/contracts/flow-format.md, "File").
"""

from __future__ import annotations

from deployer.formats import file_reader, known_formats, paths
from deployer.formats.diagnostic import finding, findings_of
from deployer.formats.positions import Lines
from deployer.formats.quoting import shown
from deployer.model.finding import Finding
from deployer.model.named_tuple import NamedTuple
from deployer.model.workflow import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.model.source_format import SourceFormat

MAX_BYTES = 50 * 1024 * 1024

_BOM = b"\xef\xbb\xbf"
_LFS = b"version https://git-lfs.github.com/spec/"
_CONFLICT = rb"(?m)^(?:<{7}|>{7}|\|{7})(?: |\r?$)"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_UTF16_JSON = (b"{\0", b"\0{", b"\xff\xfe{\0", b"\xfe\xff\0{")
_Refusal = tuple[None, tuple[Finding, ...]]


class TextFile(NamedTuple):
    """A file that was read as text. `text` is without a byte-order mark; `data` is the parsed mapping."""

    path: str
    content: bytes
    text: str
    data: Any


def platform_of(path: str) -> str | None:
    """The platform by the file's suffix, None when no platform has that suffix."""
    known = known_formats.format_of_file(path)
    return known.platform if known else None


def read(root: str, path: str, *, platform: str | None = None, folders: paths.Folders | None = None) -> tuple[Source | None, tuple[Finding, ...]]:
    """The definition at `path` (relative to `root`). The source is None exactly when a finding is an error."""
    loaded = read_bytes(root, path, folders)
    if isinstance(loaded, Finding):
        return None, (loaded,)
    located, content = loaded
    return parse(located.path, content, platform=platform)


def parse_file(path: str, content: bytes) -> tuple[Source | None, tuple[Finding, ...]]:
    """The definition in the bytes of a file of the repository; what `read` gives for it."""
    source, findings = parse(path, content)
    if source and not findings and known_formats.format_of_source(source).language == "json":
        return source, ()  # neither a conflict's marker nor a pointer is JSON
    refusal = _unusable(path, content)
    return _refused(refusal) if refusal else (source, findings)


def parse(path: str, content: bytes, *, platform: str | None = None) -> tuple[Source | None, tuple[Finding, ...]]:
    """The definition in those bytes, which may come from another commit than the one checked out."""
    known = known_formats.format_of(platform) if platform else known_formats.format_of_file(path)
    if known is None:
        fix = f"Name it {known_formats.suffix_table()}, or set `platform:` in the manifest."
        return _refused(finding("file-suffix", path, f"No platform has files like {shown(path)}.", fix))
    return _parse_json(known, path, content) if known.language == "json" else _parse_yaml(known, path, content)


def read_bytes(root: str, path: str, folders: paths.Folders | None = None) -> tuple[paths.Located, bytes] | Finding:
    """The bytes of a file, or the finding for which it is refused before it is parsed."""
    folders = folders or paths.Folders()
    located = paths.locate(root, path, folders)
    if isinstance(located, Finding):
        return located
    try:
        content = file_reader.read(located.real, MAX_BYTES, within=folders.real(root))
    except file_reader.TooLargeError as error:
        message = f"The file has {error.size / 1024 / 1024:.1f} MiB, and the limit is 50 MiB."
        return finding("file-too-large", located.path, message, "Export it again without test data, or split the workflow.")
    except OSError as error:
        return finding("file-unreadable", located.path, f"The file cannot be read: {error.strerror}.", "Check its permissions.")
    return _unusable(located.path, content) or (located, content)


def _unusable(path: str, content: bytes) -> Finding | None:
    """The finding for an empty file, an LFS pointer or a merge conflict, else None."""
    if not content.removeprefix(_BOM).strip():
        known = known_formats.format_of_file(path)
        fix = "Export it again, or remove it." if known and known.language == "json" else "Write something, or remove it."
        return finding("file-empty", path, "The file is empty.", fix)
    if content.startswith(_LFS):
        fix = "Give the checkout step `lfs: true`, or run `git lfs pull`."
        return finding("file-lfs-pointer", path, "This is a Git LFS pointer, not the file itself.", fix)
    if b"<<<<<<<" in content or b">>>>>>>" in content:
        import re

        conflict = re.search(_CONFLICT, content)
        if conflict:
            text = content[: conflict.end()].decode("utf-8", "replace")
            span = Lines(text).span(len(text) - len(conflict[0]), len(text))
            return finding("file-merge-conflict", path, "A merge conflict is left in the file.", "Choose one side, and remove the markers.", span)
    return None


def decode(path: str, content: bytes) -> str | Finding:
    """The bytes as text, without a byte-order mark (tolerated: docs/contracts/flow-format.md, "File")."""
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if content.startswith(_UTF16_BOMS):
            return _not_utf8(path, "The file is UTF-16.")
        valid_text = content[: error.start].decode("utf-8")
        span = Lines(valid_text).span(len(valid_text), len(valid_text) + 1)
        return finding("file-not-utf8", path, f"The byte 0x{content[error.start]:02x} is not UTF-8.", "Save the file as UTF-8.", span)


def _not_utf8(path: str, message: str) -> Finding:
    return finding("file-not-utf8", path, message, "Save the file as UTF-8.")


def read_yaml(path: str, content: bytes) -> tuple[TextFile | None, tuple[Finding, ...]]:
    """A YAML file whose top is a mapping: a workflow, a manifest or an eval suite."""
    text = decode(path, content)
    if isinstance(text, Finding):
        return _refused(text)
    if "\0" in text[:2]:
        return _refused(_not_utf8(path, "The file is UTF-16."))
    from deployer.formats.yaml import text as yaml_text

    data, diagnostics = yaml_text.parse(text)
    if diagnostics:
        return None, tuple(findings_of(path, text, "yaml", diagnostics))
    if data is None:
        return _refused(finding("file-empty", path, "The file holds nothing but comments.", "Write something, or remove it."))
    if not isinstance(data, dict):
        from deployer.formats.quoting import kind_of

        return _refused(finding("yaml-not-a-mapping", path, f"The file is {kind_of(data)}, not a mapping.", "Start it with `key: value` lines."))
    return TextFile(path, content, text, data), ()


def _parse_yaml(known: SourceFormat, path: str, content: bytes) -> tuple[Source | None, tuple[Finding, ...]]:
    file, findings = read_yaml(path, content)
    return (Source(path, known.platform, known.kind_of(path), content, file.data) if file else None), findings


def _parse_json(known: SourceFormat, path: str, content: bytes) -> tuple[Source | None, tuple[Finding, ...]]:
    if content.startswith(_UTF16_JSON):
        return _refused(_not_utf8(path, "The file is UTF-16."))
    first = content.removeprefix(_BOM).lstrip()[:1]
    if first in (b"{", b"[") or not known.may_be_opaque:
        source, findings = _parse_json_text(known, path, content)
        if first == b"{" or (source is None and not known.may_be_opaque):
            return source, findings
        if source is not None:
            message = f"The file is {'a JSON list' if first == b'[' else 'JSON, and no object'}."
            return _refused(finding("flow-not-an-object", path, message, "Export one workflow; an export is one JSON object."))
    message = "The file is not JSON, an encrypted export perhaps: it is deployed as it is, unchecked."
    opaque = finding("flow-opaque", path, message, "Export it without encryption to have it checked, drawn and compared.")
    return Source(path, known.platform, known.kind_of(path), content, None), (opaque,)


def _parse_json_text(known: SourceFormat, path: str, content: bytes) -> tuple[Source | None, tuple[Finding, ...]]:
    from deployer.formats import quick_json

    data = quick_json.decode(content)
    if data is quick_json.UNDECIDED:
        text = decode(path, content)
        if isinstance(text, Finding):
            return _refused(text)
        from deployer.formats import json_text

        data, diagnostics = json_text.parse(text)
        if diagnostics:
            return None, tuple(findings_of(path, text, "json", diagnostics))
    return Source(path, known.platform, known.kind_of(path), content, data), ()


def _refused(refusal: Finding) -> _Refusal:
    return None, (refusal,)
