"""What each workflow of a manifest is made of: its own entry, the pattern that names its file, and its platform's defaults. Pure but for the
list of files, which is given.

The entry's settings win over the pattern's, and those over the defaults; `preview`, `set` and each environment are merged key by key.
"""

import os
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from deployer.formats import known_formats
from deployer.formats.diagnostic import Diagnostic, RuleDiagnostic
from deployer.formats.quoting import shown
from deployer.manifest.model import WORKFLOW_NAME, SettingsLayer
from deployer.model.text import count, nfc

Settings = Mapping[str, Any]
ListFiles = Callable[[str, object], tuple[str, ...]]
"""The files that a pattern matches, and the platform that its settings name (None for none). Both are relative to the manifest's folder."""


class ResolvedWorkflows(NamedTuple):
    """`settings` by workflow name, complete, in the order of the file; `layers` as in the manifest."""

    settings: dict[str, dict[str, Any]]
    layers: dict[str, tuple[SettingsLayer, ...]]
    diagnostics: tuple[RuleDiagnostic, ...]


class _PatternMatches:
    """Which workflow each matched file belongs to. `files`, by workflow: its file, and the pattern's layer."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        self.files: dict[str, tuple[str, SettingsLayer]] = {}
        self.diagnostics: list[RuleDiagnostic] = []
        self._entries = entries
        self._owners: dict[str, str] = {}  # of the files that entries name, the entry
        self._others: set[str] = set()  # files that an entry names for one environment
        self._patterns: dict[str, str] = {}  # by file
        for name, entry in entries.items():
            for source, is_own in _named_sources(entry):
                if is_own:
                    self._owners.setdefault(_compared(source), name)
                else:
                    self._others.add(_compared(source))

    def add(self, layer: SettingsLayer, files: tuple[str, ...]) -> None:
        problems = [problem for file in files if (problem := self._place(file, layer))]
        for message, fix in problems[:1]:
            more = f" The same holds for {count(len(problems) - 1, 'more file')}." if problems[1:] else ""
            self.diagnostics.append(("manifest-pattern", Diagnostic(layer.path, message + more, fix, at_key=True)))

    def _place(self, file: str, layer: SettingsLayer) -> tuple[str, str] | None:
        """Gives the file to its workflow, or returns why that is ambiguous, and the fix."""
        pattern, compared = layer.path[-1], _compared(file)
        name = self._owners.get(compared) or nfc(posixpath.splitext(posixpath.basename(file))[0])
        if compared in self._others and compared not in self._owners:
            return None
        if compared in self._patterns:
            fix = "Change one pattern so that each file matches one, or give the exception an entry of its own."
            return f"{shown(file)} matches two patterns, {shown(self._patterns[compared])} and {shown(pattern)}.", fix
        self._patterns[compared] = pattern
        own_source = _text(_mapping(self._entries.get(name)).get("source"))
        other = self.files[name][0] if name in self.files else own_source if _compared(own_source) != compared else ""
        if other:
            fix = f"Rename one file, or add an entry with another name and `source: {file}`."
            return f"Two files are named {shown(name)}: {shown(other)} and {shown(file)}.", fix
        if not re.fullmatch(WORKFLOW_NAME, name):
            fix = "Rename the file, or add an entry with another name for it: one line of at most 100 characters, without commas."
            return f"{shown(file)} gives a name that no workflow can have.", fix
        self.files[name] = (file, layer)
        return None


def resolve_layers(data: Settings, first: str, list_files: ListFiles, suggest: Callable[[str], str]) -> ResolvedWorkflows:
    """`data` is the manifest as written, `first` its default environment; `suggest` returns a fix for a pattern that matches no files."""
    written = _mapping(data.get("workflows"))
    entries = {name: entry for name, entry in written.items() if not is_pattern(name)}
    matches = _PatternMatches(entries)
    diagnostics: list[RuleDiagnostic] = []
    for name, settings in written.items():
        if is_pattern(name) and (isinstance(settings, dict) or settings is None):
            files = list_files(name, (settings or {}).get("platform"))
            matches.add(SettingsLayer(("workflows", name), settings or {}), files)
            diagnostics += _pattern_problems(name, settings or {}, files, suggest)
    layers = dict(_ordered_layers(written, matches, _mapping(data.get("defaults"))))
    settings = {name: _complete(name, stack, matches, first) for name, stack in layers.items()}
    return ResolvedWorkflows(settings, layers, (*diagnostics, *matches.diagnostics))


def is_pattern(name: str) -> bool:
    return "*" in name


def once_a_place(diagnostics: Iterator[RuleDiagnostic]) -> list[RuleDiagnostic]:
    """One diagnostic for each rule and place: a mistake in a pattern or in defaults affects many workflows."""
    grouped: dict[tuple[Any, ...], list[RuleDiagnostic]] = {}
    for rule, diagnostic in diagnostics:
        place = (rule, diagnostic.path, diagnostic.fix if not diagnostic.path else "")
        grouped.setdefault(place, []).append((rule, diagnostic))
    return [_with_count(rows) for rows in grouped.values()]


def _with_count(rows: list[RuleDiagnostic]) -> RuleDiagnostic:
    rule, diagnostic = rows[0]
    others = len({row.message for _, row in rows}) - 1
    more = f" The same holds for {count(others, 'more workflow')}." if others else ""
    return rule, diagnostic._replace(message=diagnostic.message + more)


def _pattern_problems(name: str, settings: Settings, files: tuple[str, ...], suggest: Callable[[str], str]) -> Iterator[RuleDiagnostic]:
    path = ("workflows", name)
    if "source" in settings:
        message = f"{shown(name)} is a pattern: each file that it matches is the `source` of its own workflow."
        yield "manifest-pattern", Diagnostic((*path, "source"), message, "Remove `source`.", at_key=True)
    if os.path.isabs(name):
        yield "manifest-pattern", Diagnostic(path, f"{shown(name)} is an absolute path.", "Write it relative to the manifest's folder.", at_key=True)
    elif not files:
        yield "manifest-no-match", Diagnostic(path, f"The pattern {shown(name)} matches no files.", suggest(name), at_key=True)


def _ordered_layers(written: Settings, matches: _PatternMatches, defaults: Settings) -> Iterator[tuple[str, tuple[SettingsLayer, ...]]]:
    """Each workflow with its layers, in the order of the file; those of a pattern stand where it does."""
    named = set(written)
    for name, settings in written.items():
        if is_pattern(name):
            for workflow, (_, layer) in matches.files.items():
                if layer.path[-1] == name and workflow not in named:
                    yield workflow, _stack(None, matches.files[workflow], defaults)
        elif isinstance(settings, dict) or (settings is None and name in matches.files):
            yield name, _stack(SettingsLayer(("workflows", name), settings or {}), matches.files.get(name), defaults)


def _stack(own: SettingsLayer | None, match: tuple[str, SettingsLayer] | None, defaults: Settings) -> tuple[SettingsLayer, ...]:
    layers = [layer for layer in (own, match[1] if match else None) if layer]
    source = _text(own.settings.get("source")) if own else ""
    named = next((layer.settings["platform"] for layer in layers if "platform" in layer.settings), None)
    known = known_formats.format_of(named) or known_formats.format_of_file(source or (match[0] if match else ""))
    if known and isinstance(defaults.get(known.platform), dict):
        layers.append(SettingsLayer(("defaults", known.platform), defaults[known.platform]))
    for_all = {name: value for name, value in defaults.items() if not known_formats.format_of(name)}
    return (*layers, SettingsLayer(("defaults",), for_all)) if for_all else tuple(layers)


def _complete(name: str, layers: tuple[SettingsLayer, ...], matches: _PatternMatches, first: str) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for layer in reversed(layers):
        settings = _laid_over(settings, layer.settings, first)
    if name in matches.files:
        settings.setdefault("source", matches.files[name][0])
    return settings


def _laid_over(under: Settings, over: Settings, first: str) -> dict[str, Any]:
    """A stronger layer's `key` and `id` are the default environment's, so they replace those that a weaker one names for that environment."""
    merged = {**under, **over}
    for field in ("set", "preview", "environments"):
        weaker, stronger = under.get(field), over.get(field)
        if isinstance(weaker, dict) and isinstance(stronger, dict):
            merged[field] = _merged_mapping(field, weaker, stronger)
    weaker = _mapping(_mapping(under.get("environments")).get(first))
    replaced = {"key", "id"} & set(over) & set(weaker) - set(_mapping(_mapping(over.get("environments")).get(first)))
    if replaced:
        kept = {field: value for field, value in merged["environments"][first].items() if field not in replaced}
        merged["environments"] = {**merged["environments"], first: kept}
    return merged


def _merged_mapping(field: str, under: Settings, over: Settings) -> dict[str, Any]:
    if field == "set":
        return {**under, **over}
    if field == "environments":
        both = [name for name in under if isinstance(under[name], dict) and isinstance(over.get(name), dict)]
        return {**under, **over, **{name: _merged_mapping("", under[name], over[name]) for name in both}}
    pool = {"key", "keys"} if {"key", "keys"} & set(over) else set()  # of a preview: one of them replaces the other
    merged = {**{name: value for name, value in under.items() if name not in pool}, **over}
    if isinstance(under.get("set"), dict) and isinstance(over.get("set"), dict):
        merged["set"] = {**under["set"], **over["set"]}
    return merged


def _named_sources(entry: object) -> Iterator[tuple[str, bool]]:
    """Each file that an entry names as its definition, and whether it is the entry's own, not one environment's."""
    for settings, is_own in ((entry, True), *((settings, False) for settings in _mapping(_mapping(entry).get("environments")).values())):
        if source := _text(_mapping(settings).get("source")):
            yield source, is_own


def _compared(path: str) -> str:
    return nfc(posixpath.normpath(path)) if path else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Settings:
    return value if isinstance(value, dict) else {}
