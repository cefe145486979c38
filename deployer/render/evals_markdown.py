"""Evals in Markdown: the verdict, failed cases folded with what was expected and what came, the comparison, and a plot of earlier releases."""

from collections.abc import Sequence

from deployer.model.evals import CaseRun, EvalCase, EvalHistoryPoint, EvalSuite
from deployer.model.text import count, cut, one_line
from deployer.render import evals_summary
from deployer.render.escape import fenced, html_title, short_code, short_markdown
from deployer.render.page import LimitedPage, size

_TITLE = "\n### Evals\n"
_MANY = 10**6  # for the room that a count takes
MAX_CASES = 20  # listed of a comparison
MIN_POINTS, MAX_POINTS = 2, 12  # of a plot


def put_evals(page: LimitedPage, suites: Sequence[EvalSuite], *, share: float = 0.5) -> None:
    """Put as much as there is room for: each suite's verdict, failed suites first, then failed cases, then comparisons and plots."""
    if not suites:
        return
    ordered = sorted(suites, key=lambda suite: (suite.passed, suite.workflow))
    room = int(page.left * share) - size(_TITLE) - size(page.left_out((len(ordered), "suite"), (_MANY, "part")))
    heads: list[str] = []
    for head in map(_head, ordered):
        if size(head) > room:
            break
        room -= size(head)
        heads.append(head)
    listed = ordered[: len(heads)]
    bodies: list[list[str]] = [[] for _ in listed]
    left_out = 0
    for parts in (_failed_cases, _comparison, _history):
        for index, suite in enumerate(listed):
            for part in parts(suite):
                if size(part) <= room:
                    bodies[index].append(part)
                    room -= size(part)
                else:
                    left_out += 1
    text = "".join(head + "".join(body) for head, body in zip(heads, bodies)) + page.left_out(
        (len(ordered) - len(listed), "suite"), (left_out, "part")
    )
    if size(_TITLE + text) <= page.left:
        page.put("evals", _TITLE + text)


def _head(suite: EvalSuite) -> str:
    sign = "✅" if suite.passed else "❌" if suite.blocking else "⚠️"
    lines = [f"\n#### {sign} {short_code(suite.workflow)}: {short_markdown(evals_summary.summary(suite))}\n"]
    lines += [f"\n**{short_markdown(suite.follow_up)}**\n"] if suite.follow_up else []
    lines += [f"\n{short_markdown(note)}\n" for note in suite.notes]
    lines += _case_list([case for case in suite.cases if case.status == "passed" and len(case.runs) > 1])
    lines += _case_list([case for case in suite.cases if case.status in ("skipped", "not_run")])
    return "".join(lines)


def _case_list(cases: Sequence[EvalCase]) -> list[str]:
    items = [f"- {short_code(case.name)}: {short_markdown(evals_summary.reason(case))}\n" for case in cases[:MAX_CASES]]
    return ["\n", *items] if items else []


def _failed_cases(suite: EvalSuite) -> list[str]:
    return [_failed_case(case, suite) for case in suite.cases if case.status == "failed"]


def _failed_case(case: EvalCase, suite: EvalSuite) -> str:
    """One failed case, folded. Its title is HTML: Markdown does not reach into it."""
    rate = evals_summary.rate(case)
    title = f"❌ {html_title(case.name)}{f': {rate}' if rate else ''} ({html_title(suite.path)}:{case.line})"
    body = "".join(_run(run) for run in evals_summary.failures(case)[: evals_summary.MAX_MISSES])
    return f"\n<details><summary>{title}</summary>\n\nInput:\n{fenced(one_line(case.input), 'text')}{body}\n</details>\n"


def _run(run: CaseRun) -> str:
    misses = run.misses[: evals_summary.MAX_MISSES]
    lines = [f"- {one_line(f'{miss.matcher}: {miss.expected}')}\n+ {one_line(f'{miss.matcher}: {miss.actual}')}" for miss in misses]
    facts = evals_summary.run_facts(run)
    return f"Expected (-) against got (+){f', {short_markdown(facts)}' if facts else ''}:\n{fenced(chr(10).join(lines), 'diff')}"


def _comparison(suite: EvalSuite) -> list[str]:
    comparison = suite.comparison
    if comparison is None:
        return []
    rows = "".join(f"| {name} | {earlier} | {now} |\n" for name, earlier, now in evals_summary.figure_rows(comparison.before, comparison.after))
    table = f"\n| | before: {short_markdown(comparison.version, cell=True)} | now |\n|---|---|---|\n{rows}"
    cases = evals_summary.differing_cases(suite)
    if not cases:
        return [table]
    lines = "".join(f"- {short_code(case.case)}: {evals_summary.compared(case)}\n" for case in cases[:MAX_CASES])
    outputs = "".join(
        f"\n{short_code(case.case)}:\n{fenced(f'- {one_line(case.output_before)}{chr(10)}+ {one_line(case.output_after)}', 'diff')}"
        for case in cases[:MAX_CASES]
        if case.changed
    )
    title = count(sum(case.changed for case in cases), "changed output")
    return [f"{table}\n{lines}", *([f"\n<details><summary>{title}</summary>\n{outputs}\n</details>\n"] if outputs else [])]


def _history(suite: EvalSuite) -> list[str]:
    return [plot(suite.history)] if len(suite.history) >= MIN_POINTS else []


def plot(history: Sequence[EvalHistoryPoint]) -> str:
    """Pass rate and latency over the last releases, as two small Mermaid charts (one axis each)."""
    points = history[-MAX_POINTS:]
    labels = ", ".join(f'"{_label(point.label)}"' for point in points)
    rates = ", ".join(f"{point.rate * 100:.0f}" for point in points)
    chart = f"\n<details><summary>The last {len(points)} releases</summary>\n\n"
    chart += fenced(f'xychart-beta\n  title "cases passed, %"\n  x-axis [{labels}]\n  y-axis 0 --> 100\n  bar [{rates}]\n', "mermaid")
    if all(point.seconds is not None for point in points):
        seconds = [point.seconds or 0.0 for point in points]
        top = max(1e-3, *seconds) * 1.2
        drawn = ", ".join(map(_number, seconds))
        chart += "\n" + fenced(
            f'xychart-beta\n  title "median seconds of a run"\n  x-axis [{labels}]\n  y-axis 0 --> {_number(top)}\n  line [{drawn}]\n', "mermaid"
        )
    return f"{chart}\n</details>\n"


def _number(value: float) -> str:
    """Mermaid reads no exponents."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _label(text: str) -> str:
    """A label inside a chart: nothing that could end it."""
    return "".join(char if char.isalnum() or char in "._-" else "-" for char in cut(text, 20)) or "-"
