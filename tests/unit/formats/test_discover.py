import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from scanned import read_all

from deployer.formats import discover, guarded_paths, paths
from deployer.formats.guarded_paths import RefusedPathError
from deployer.lint import engine
from deployer.model.errors import UsageError

WORKFLOW = "name: a\ntrigger: {type: webhook}\nsteps: []\n"


def write(root: Path, **contents: str) -> None:
    for name, content in contents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(
        tmp_path,
        **{
            "b.flow": "{}",
            "a/x.bot": "{}",
            "a/wf.yaml": WORKFLOW,
            "a/WF.YML": WORKFLOW,
            "a/other.yaml": "jobs: {steps: []}\n",
            "a/notes.txt": WORKFLOW,
            "node_modules/n.flow": "{}",
            ".git/g.flow": "{}",
            ".hidden/h.flow": "{}",
            "a/.flow": "{}",
        },
    )
    return tmp_path


def test_find_definitions_below_folders_by_suffix_and_top_keys(root: Path) -> None:
    assert discover.find_definitions(str(root)) == ("a/WF.YML", "a/wf.yaml", "a/x.bot", "b.flow")
    assert discover.find_definitions(str(root), ["a", "b.flow", "./b.flow", "nothing.flow"])[-2:] == ("b.flow", "nothing.flow")


def test_find_definitions_follows_no_links_to_folders(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    write(outside, **{"o.flow": "{}"})
    (root / "out").symlink_to(outside)
    (root / "round").symlink_to(root)
    (root / "o.flow").symlink_to(outside / "o.flow")
    definitions = discover.find_definitions(str(root))
    assert [path for path in definitions if "o.flow" in path] == ["o.flow"]
    _, findings = read_all(str(root), ["."])
    assert [(finding.rule, finding.path) for finding in findings] == [("file-outside-repository", "o.flow")]


@pytest.mark.parametrize(
    ("content", "is_workflow"),
    [
        (WORKFLOW, True),
        ("steps:\n- id: [\ntrigger: broken", True),
        ("'trigger': {}\r\n\"steps\" : []\r\n", True),
        ('{"name": "a", "trigger": {}, "steps": []}', True),
        ("trigger: webhook\nsteps: []\n", True),
        ("name: a\nsteps: []\n", False),
        ("runs:\n  steps: []\n  trigger: x\n", False),
        ("trigger:\n- main\nsteps:\n- script: make\n", False),
        ("trigger: none\nsteps: []\n", False),
        ("trigger: [main]\nsteps: []\n", False),
        ("trigger:\n\n  # which\n  branches:\n    include: [main]\nsteps: []\n", False),
        ("trigger:\n  type: webhook\nsteps: []\n", True),
        ("", False),
    ],
)
def test_looks_like_workflow_by_its_top_keys(content: str, is_workflow: bool) -> None:
    assert discover.looks_like_workflow(content.encode()) is is_workflow


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("*.flow", ["b.flow"]),
        ("**/*.yaml", ["a/other.yaml", "a/wf.yaml"]),
        ("**", ["a/WF.YML", "a/other.yaml", "a/wf.yaml", "a/x.bot", "b.flow"]),
        ("a/**/*.bot", ["a/x.bot"]),
        ("a/?.bot", ["a/x.bot"]),
        ("[ab].flow", ["b.flow"]),
        ("[!a].flow", ["b.flow"]),
        ("a/wf.yaml", ["a/wf.yaml"]),
    ],
)
def test_expand_pattern_matches_glob(pattern: str, matches: list[str], root: Path) -> None:
    assert list(discover.expand_pattern(str(root), pattern)) == matches


@pytest.mark.parametrize("pattern", ["[", "a/[.flow", "[a^-].bot", "a+(b).flow", "?"])
def test_expand_pattern_refuses_invalid_glob(pattern: str, root: Path) -> None:
    with pytest.raises(UsageError):
        discover.expand_pattern(str(root), pattern)


def test_expand_pattern_takes_existing_file_with_brackets_in_its_name(root: Path) -> None:
    write(root, **{"[1].flow": "{}"})
    assert discover.expand_pattern(str(root), "[1].flow") == ("[1].flow",)


def test_absolute_paths_inside_the_repository_become_relative(root: Path) -> None:
    assert discover.find_definitions(str(root), [str(root / "b.flow")]) == ("b.flow",)
    assert discover.expand_pattern(str(root), str(root / "*.flow")) == ("b.flow",)


def test_read_sources_reads_a_manifest_and_its_sources(root: Path) -> None:
    write(root, **{"flowship.yml": "version: 1\nworkflow: {}\nworkflows:\n  a: {source: a/wf.yaml, key: A}\n"})
    sources, findings = read_all(str(root), ["flowship.yml"])
    assert [source.path for source in sources] == ["a/wf.yaml"]
    assert [finding.rule for finding in findings] == ["manifest-unknown-key"]


def test_read_sources_reads_a_broken_manifest_as_a_manifest(root: Path) -> None:
    write(root, **{"flowship.yml": "worklfows: {}\n", "other.yml": "environments: 3\nversion: 1\n"})
    _, findings = read_all(str(root), ["flowship.yml", "other.yml"])
    assert {finding.rule for finding in findings} == {"manifest-unknown-key", "manifest-missing-key", "manifest-value"}


def test_read_sources_lints_a_named_yaml_without_workflow_keys(root: Path) -> None:
    sources, findings = read_all(str(root), ["a/other.yaml"])
    assert findings == ()
    assert "workflow-required-key" in {finding.rule for finding in engine.lint_sources(sources)}


def test_read_sources_shows_paths_outside_the_root_as_typed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    write(outside, **{"a.flow": "{", "sub/b.flow": "{}"})
    sources, findings = read_all(str(root), [str(outside / "a.flow"), str(outside)])
    assert [source.path for source in sources] == [str(outside / "sub" / "b.flow")]
    assert {finding.path for finding in findings} == {str(outside / "a.flow")}
    inner = root / "a"
    sources, _ = read_all(str(inner), ["../b.flow"])
    assert [source.path for source in sources] == ["../b.flow"]


def test_what_a_link_out_of_the_repository_leads_to_is_neither_listed_nor_read(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    write(outside, **{"o.flow": "{}", "o.yaml": WORKFLOW})
    (root / "out").symlink_to(outside)
    (root / "o.yaml").symlink_to(outside / "o.yaml")
    assert discover.find_definitions(str(root), ["out"]) == ("out",)
    assert "o.yaml" not in discover.find_definitions(str(root))
    for path in ("out", "o.yaml"):
        _, findings = read_all(str(root), [path])
        assert [(finding.rule, finding.path) for finding in findings] == [("file-outside-repository", path)]


def test_linked_yaml_of_the_repository_is_found(root: Path) -> None:
    (root / "linked.yaml").symlink_to("a/wf.yaml")
    assert "linked.yaml" in discover.find_definitions(str(root))


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("*.json", ["1.json", "link.json"]),
        ("./*.json", ["1.json", "link.json"]),
        ("a/*.json", ["a/2.json"]),
        ("*/*.json", ["a/2.json"]),
        ("**/*.json", ["1.json", "a/2.json", "a/b/3.json", "link.json"]),
        ("a/**/*.json", ["a/2.json", "a/b/3.json"]),
        ("**/b/*", ["a/b/3.json"]),
        ("a/../*.json", ["1.json", "link.json"]),
        (".hidden/*.json", [".hidden/4.json"]),
        ("**/.x.json", [".x.json"]),
        ("nothing/*.json", []),
        ("*.xml", []),
    ],
)
def test_glob_of_any_files(pattern: str, matches: list[str], tmp_path: Path) -> None:
    write(tmp_path, **dict.fromkeys(["1.json", "a/2.json", "a/b/3.json", ".hidden/4.json", ".x.json"], "{}"))
    (tmp_path / "link.json").symlink_to("1.json")
    (tmp_path / "round").symlink_to(".")
    (tmp_path / "round again").symlink_to(".")
    os.mkfifo(tmp_path / "pipe.json")
    assert list(discover.match_files(str(tmp_path), pattern)) == matches
    assert list(discover.match_files("/nowhere", str(tmp_path / pattern))) == [os.path.normpath(tmp_path / path) for path in matches]


def test_glob_from_a_folder_below(tmp_path: Path) -> None:
    write(tmp_path, **{"reports/1.json": "{}"})
    (tmp_path / "service").mkdir()
    assert discover.match_files(str(tmp_path / "service"), "../reports/*.json") == ("../reports/1.json",)


def test_glob_that_begins_with_a_link_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root/out").symlink_to("/")
    with pytest.raises(RefusedPathError, match="`out` leads out of the repository"):
        discover.match_files(str(tmp_path / "root"), "out/**/*.json")


def test_files_of_a_folder_are_read_without_opening_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links are followed and refused as for a file that is read alone."""
    root = tmp_path / "root"
    for folder in ("a", "b/c"):
        (root / folder).mkdir(parents=True)
        for name in ("x.flow", "y.flow"):
            (root / folder / name).write_text(f"{folder} {name}")
    (tmp_path / "outside.flow").write_text("outside")
    (root / "a/in.flow").symlink_to("../b/c/x.flow")
    (root / "a/out.flow").symlink_to(tmp_path / "outside.flow")
    (root / "linked").symlink_to(root / "b")
    opened: list[str] = []
    open_folder = guarded_paths.open_folder

    def noted(top: str, names: Sequence[str]) -> int:
        opened.append("/".join(names))
        return open_folder(top, names)

    monkeypatch.setattr(guarded_paths, "open_folder", noted)
    folders = paths.Folders()
    listed = ("a/x.flow", "a/y.flow", "b/c/x.flow", "b/c/y.flow", "linked/c/x.flow", "a/in.flow", "a/out.flow", "a/none.flow", "a", "a/..")
    read = [discover.read_if_regular(str(root), file, folders) for file in listed]
    assert read == [b"a x.flow", b"a y.flow", b"b/c x.flow", b"b/c y.flow", b"b/c x.flow", b"b/c x.flow", None, None, None, None]
    assert opened[:2] == ["a", "b/c"]
