"""Reading one file. What a file's content does is shown by the golden examples; here is what needs a file system, or much of it."""

import os
from pathlib import Path

import pytest

from deployer.formats import files
from deployer.model.finding import Finding, Span


def refusal(root: Path, path: str) -> Finding:
    source, findings = files.read(str(root), path)
    assert source is None
    (finding,) = findings
    assert finding.severity == "error"
    return finding


def test_flow_is_read_as_json_and_kept_byte_for_byte(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbf{"name": "A", "exportTime": 1}'
    (tmp_path / "a.flow").write_bytes(content)
    source, findings = files.read(str(tmp_path), "./a.flow")
    assert source is not None
    assert (source.path, source.platform, source.kind, findings) == ("a.flow", "gptbots", "workflow", ())
    assert source.definition == {"name": "A", "exportTime": 1}
    assert source.content == content, "what is uploaded is the file, byte for byte"


def test_missing_file_at_the_top_names_no_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a.flow").fix == "Add the file, or correct the path."
    assert refusal(tmp_path, "flows/a.flow").fix == "Add the file, or correct the path: there is no folder `flows`."
    (tmp_path / "flows").mkdir()
    assert refusal(tmp_path, "flows/a.flow").fix == "Add the file, or correct the path."


def test_bot_is_an_agent(tmp_path: Path) -> None:
    (tmp_path / "a.BOT").write_text("{}")
    source, _ = files.read(str(tmp_path), "a.BOT")
    assert source is not None
    assert (source.platform, source.kind) == ("gptbots", "agent")


def test_opaque_file_is_read_with_a_note(tmp_path: Path) -> None:
    (tmp_path / "a.flow").write_bytes(b"\x93\x01\xff<<<<<<<")
    source, (note,) = files.read(str(tmp_path), "a.flow")
    assert source is not None
    assert source.definition is None
    assert (note.rule, note.severity) == ("flow-opaque", "info")


def test_platform_of_the_manifest_replaces_the_suffix(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("name: a\n")
    assert refusal(tmp_path, "a.txt").rule == "file-suffix"
    source, findings = files.read(str(tmp_path), "a.txt", platform="meingpt")
    assert source is not None
    assert (source.definition, findings) == ({"name": "a"}, ())


def test_missing_file_suggests_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "triage.flow").write_text("{}")
    finding = refusal(tmp_path, "flows/traige.flow")
    assert (finding.rule, finding.fix) == ("file-not-found", "Did you mean `flows/triage.flow`?")
    assert refusal(tmp_path, "flows\\triage.flow").fix == "Write `flows/triage.flow`, with `/` between folders on every system."
    assert refusal(tmp_path, "nowhere/a.flow").rule == "file-not-found"


@pytest.mark.parametrize("path", ["", "a\0b.flow"])
def test_empty_path_and_nul_are_refused(path: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, path).rule == "file-not-found"


@pytest.mark.parametrize("path", ["../a.flow", "flows/../../a.flow", "/etc/hostname", ".."])
def test_path_outside_the_repository_is_refused(path: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "a.flow").write_text("{}")
    assert refusal(root, path).rule == "file-outside-repository"


def test_link_outside_the_repository_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "a.flow").write_text("{}")
    (tmp_path / "rootless.flow").write_text("{}")
    (root / "file.flow").symlink_to(tmp_path / "a.flow")
    (root / "dangling.flow").symlink_to(tmp_path / "nothing.flow")
    (root / "beside.flow").symlink_to("../rootless.flow")
    (root / "folder").symlink_to(tmp_path)
    for path in ("file.flow", "dangling.flow", "beside.flow", "folder/a.flow"):
        assert refusal(root, path).rule == "file-outside-repository", path


def test_link_inside_the_repository_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.flow").write_text("{}")
    (tmp_path / "b.flow").symlink_to("a.flow")
    (tmp_path / "c.flow").symlink_to("nothing.flow")
    (tmp_path / "round.flow").symlink_to("round.flow")
    source, _ = files.read(str(tmp_path), "b.flow")
    assert source is not None
    assert source.path == "b.flow"
    assert "symbolic link" in refusal(tmp_path, "c.flow").message
    assert refusal(tmp_path, "round.flow").rule in ("file-not-found", "file-unreadable")


def test_repository_behind_a_link_is_read(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.flow").write_text("{}")
    (tmp_path / "root").symlink_to("real")
    source, _ = files.read(str(tmp_path / "root"), "a.flow")
    assert source is not None


def test_folder_and_pipe_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.flow").mkdir()
    os.mkfifo(tmp_path / "pipe.flow")
    assert refusal(tmp_path, "folder.flow").message == "`folder.flow` is a folder."
    assert refusal(tmp_path, "pipe.flow").rule == "file-unreadable"


def test_size_is_checked_before_reading(tmp_path: Path) -> None:
    with (tmp_path / "a.flow").open("wb") as file:
        file.truncate(50 * 1024 * 1024 + 1)
    assert refusal(tmp_path, "a.flow").rule == "file-too-large"
    with (tmp_path / "b.flow").open("wb") as file:
        file.write(b"\x01")
        file.truncate(50 * 1024 * 1024)
    source, (note,) = files.read(str(tmp_path), "b.flow")
    assert source is not None
    assert note.rule == "flow-opaque"


@pytest.mark.parametrize("name", ["a.flow", "a.yaml"])
@pytest.mark.parametrize("start", ["[", '{"a":', "- ", "{a: "])
def test_nesting_a_hundred_thousand_deep_is_refused(name: str, start: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(('{"a":' if name == "a.flow" else "") + start * 100_000)
    finding = refusal(tmp_path, name)
    assert finding.rule in ("file-too-deep", "flow-nearly-json")
    assert finding.rule == "file-too-deep" or start in ("- ", "{a: ")


def test_depth_counts_through_aliases(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 300))]
    (tmp_path / "a.yaml").write_text("\n".join(lines))
    assert refusal(tmp_path, "a.yaml").rule == "file-too-deep"


def test_too_many_yaml_values_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from deployer.formats.yaml import text

    monkeypatch.setattr(text, "MAX_NODES", 1000)
    (tmp_path / "a.yaml").write_text("steps: [" + "1," * 1000 + "]")
    assert refusal(tmp_path, "a.yaml").rule == "file-too-large"


@pytest.mark.parametrize("name", ["a.flow", "a.yaml"])
def test_number_with_thousands_of_digits_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text('{"a": 1,\n "b": ' + "9" * 5000 + "}")
    finding = refusal(tmp_path, name)
    assert (finding.rule, finding.span) == ("file-number", Span(2, 7, 2, 5006))


def test_duplicate_key_is_reported_before_a_broken_end(tmp_path: Path) -> None:
    (tmp_path / "a.flow").write_text('{"a": 1, "a": 2}]]]}}}, "\\')
    assert refusal(tmp_path, "a.flow").rule == "file-duplicate-key"


def test_conflict_markers_inside_a_text_are_no_conflict(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: a\ndescription: |\n  <<<<<<< HEAD\n  =======\n")
    source, findings = files.read(str(tmp_path), "a.yaml")
    assert source is not None
    assert findings == ()


def test_file_without_permission_is_refused(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "a.flow").write_text("{}")
    (tmp_path / "a.flow").chmod(0)
    assert refusal(tmp_path, "a.flow").rule == "file-unreadable"
