"""The benches' verdict: over a limit, without a figure, or without a run, it is never a pass."""

import json
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[3] / "bench"


def figures(bench: str) -> dict[str, float]:
    """Exactly at each limit."""
    import judge

    return {limit.name: limit.limit for limit in judge.limits_of(bench)}


@pytest.mark.parametrize("bench", ["start_up", "many_files", "deploy", "ten_thousand", "evals", "container"])
def test_each_figure_over_its_limit_alone_fails(bench: str, capsys: pytest.CaptureFixture[str]) -> None:
    import judge

    assert judge.judge(bench, figures(bench)) == 0
    assert "OVER" not in capsys.readouterr().out
    for limit in judge.limits_of(bench):
        worse = limit.limit - 0.01 if limit.at_least else limit.limit + 0.01
        assert judge.judge(bench, figures(bench) | {limit.name: worse}) == 1, limit
        assert capsys.readouterr().out.count("OVER") == 1


def test_a_bench_that_measured_nothing_fails(capsys: pytest.CaptureFixture[str]) -> None:
    import judge

    assert judge.judge("deploy", {}) == 1
    assert capsys.readouterr().out.count("MISSING") == len(judge.limits_of("deploy"))


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -1.0])
def test_what_is_no_measurement_fails(odd: float) -> None:
    import judge

    name = judge.LIMITS["evals"][0].name
    assert judge.judge("evals", figures("evals") | {name: odd}) == 1


def test_a_figure_without_a_limit_is_a_mistake() -> None:
    import judge

    with pytest.raises(ValueError, match="no limit of evals: speed"):
        judge.judge("evals", figures("evals") | {"speed": 1.0})


def test_without_an_engine_it_is_not_measured_and_on_ci_it_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import judge

    none = {name: judge.NotMeasured("no container engine") for name in figures("container")}
    assert judge.judge("container", none) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [(line.startswith("not measured"), line.endswith("no container engine")) for line in lines] == [(True, True)] * len(none)
    monkeypatch.setenv("CI", "true")
    assert judge.judge("container", none) == 1


def test_what_needs_nothing_may_not_stay_unmeasured() -> None:
    import judge

    name = judge.LIMITS["evals"][0].name
    assert judge.judge("evals", figures("evals") | {name: judge.NotMeasured("no time")}) == 1


def test_busy_cores_are_no_failure_on_ci_either(monkeypatch: pytest.MonkeyPatch) -> None:
    import judge

    monkeypatch.setenv("CI", "true")
    (name,) = (limit.name for limit in judge.LIMITS["many_files"] if limit.needs == judge.CORES)
    assert judge.judge("many_files", figures("many_files") | {name: judge.NotMeasured("busy")}) == 0


def test_the_short_form_leaves_out_no_bench_but_the_container(monkeypatch: pytest.MonkeyPatch) -> None:
    import judge

    monkeypatch.setenv("BENCH", "short")
    assert [bench for bench in judge.LIMITS if not judge.limits_of(bench)] == ["container"]
    monkeypatch.setenv("BENCH", "quick")
    with pytest.raises(SystemExit, match=r"BENCH is 'quick'. Fix: set it to `short`"):
        judge.is_short()


def bench_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """The runner's benches are this one program."""
    import run

    (tmp_path / "evals.py").write_text(f"import sys\nsys.path.insert(0, {str(BENCH)!r})\nimport judge\n{body}\n")
    monkeypatch.setattr(run, "FOLDER", tmp_path)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("sys.exit(judge.judge('evals', {limit.name: limit.limit for limit in judge.LIMITS['evals']}))", 0),
        ("sys.exit(judge.judge('evals', {limit.name: limit.limit * 2 for limit in judge.LIMITS['evals']}))", 1),
        ("judge.judge('evals', {limit.name: limit.limit * 2 for limit in judge.LIMITS['evals']})", 1),
        ("judge.judge('evals', {limit.name: limit.limit for limit in judge.LIMITS['evals']}); raise KeyError", 1),
        ("pass", 1),
    ],
)
def test_the_runner_fails_for_a_limit_an_exit_code_or_nothing_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, code: int) -> None:
    import run

    bench_that(tmp_path, monkeypatch, body)
    assert run.main(["evals"]) == code


def test_a_page_gets_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import judge
    import run

    values = json.dumps({judge.LIMITS["evals"][0].name: 1.234, judge.LIMITS["evals"][1].name: 100})
    bench_that(tmp_path, monkeypatch, f"sys.exit(judge.judge('evals', {values}))")
    page = tmp_path / "page.md"
    page.write_text("# Speed\n<!-- made by bench/run.py -->\nold\n<!-- end -->\nMore.\n")
    assert run.main(["evals", "--page", str(page)]) == 0
    lines = page.read_text().splitlines()
    assert lines[:2] + lines[-2:] == ["# Speed", "<!-- made by bench/run.py -->", "<!-- end -->", "More."]
    assert lines[-4] == "| evals: times the floor of their requests | 1.23 x | 1.5 x |"
    assert lines[-3] == "| evals: runs begun in any window of the rate limit | 100 | 100 |"
    assert "old" not in lines


def test_a_page_without_the_part_is_refused_before_anything_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import run

    bench_that(tmp_path, monkeypatch, "raise KeyError")
    page = tmp_path / "page.md"
    page.write_text("# Speed\n")
    with pytest.raises(SystemExit, match=r"has no part for the figures. Fix: add the lines"):
        run.main(["evals", "--page", str(page)])
