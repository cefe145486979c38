"""Evals in Markdown: the verdict, failed cases folded with what was expected and what came, the comparison, and how earlier releases did."""

from collections.abc import Sequence

from deployer.model.evals import CaseRun, EvalCase, EvalHistoryPoint, EvalSuite
from deployer.model.text import count, cut, one_line
from deployer.render import evals_summary as words
from deployer.render.escape import code, fenced, markdown
from deployer.render.page import LimitedPage, size

LONGEST_NAME = 200
LONGEST_TEXT = 600
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@&#8203;", "#": "#&#8203;", ":": ":&#8203;"}
_TITLE = "\n### Evals\n"
_MANY = 10**6  # for the room that a count takes
MOST_NOTED = 20  # cases of a comparison
FEWEST_POINTS, MOST_POINTS = 2, 12  # of a plot


def put_evals(page: LimitedPage, suites: Sequence[EvalSuite], *, share: float = 0.5) -> None:
    """As much as there is room for: each suite's verdict, what failed first, then failed cases, then comparisons and plots."""
    if not suites:
        return
    every = sorted(suites, key=lambda suite: (suite.passed, suite.workflow))
    room = int(page.left * share) - size(_TITLE) - size(page.left_out((len(every), "suite"), (_MANY, "part")))
    heads: list[str] = []
    for head in map(_head, every):
        room -= size(head)
        if room < 0:
            room += size(head)
            break
        heads.append(head)
    listed = every[: len(heads)]
    bodies: list[list[str]] = [[] for _ in listed]
    left_out = 0
    for part in (_failed, _compared, _history):
        for place, suite in enumerate(listed):
            for text in part(suite):
                if size(text) <= room:
                    bodies[place].append(text)
                    room -= size(text)
                else:
                    left_out += 1
    text = "".join(head + "".join(body) for head, body in zip(heads, bodies)) + page.left_out((len(every) - len(listed), "suite"), (left_out, "part"))
    if size(_TITLE + text) <= page.left:
        page.put("evals", _TITLE + text)


def _head(suite: EvalSuite) -> str:
    sign = "✅" if suite.passed else "❌" if suite.blocking else "⚠️"
    lines = [f"\n#### {sign} {_name(suite.workflow)}: {_text(words.summary(suite))}\n"]
    lines += [f"\n**{_text(suite.follow_up)}**\n"] if suite.follow_up else []
    lines += [f"\n{_text(note)}\n" for note in suite.notes]
    repeated = [case for case in suite.cases if case.status == "passed" and len(case.runs) > 1]
    lines += ["\n" + "".join(f"- {_name(case.name)}: {words.rate(case)}\n" for case in repeated[:MOST_NOTED])] if repeated else []
    skipped = [case for case in suite.cases if case.status in ("skipped", "not_run")]
    lines += ["\n" + "".join(f"- {_name(case.name)}: {_text(words.why(case))}\n" for case in skipped[:MOST_NOTED])] if skipped else []
    return "".join(lines)


def _failed(suite: EvalSuite) -> list[str]:
    return [_case(case, suite) for case in suite.cases if case.status == "failed"]


def _case(case: EvalCase, suite: EvalSuite) -> str:
    """One failed case, folded. Its title is HTML: Markdown does not reach into it."""
    why = words.rate(case)
    title = f"❌ {_html(case.name)}{f': {why}' if why else ''} ({_html(suite.path)}:{case.line})"
    body = "".join(_run(run) for run in words.failures(case)[: words.MOST_MISSES])
    return f"\n<details><summary>{title}</summary>\n\nInput:\n{fenced(one_line(case.input), 'text')}{body}\n</details>\n"


def _run(run: CaseRun) -> str:
    missed = run.misses[: words.MOST_MISSES]
    told = "\n".join(f"- {one_line(f'{each.matcher}: {each.expected}')}\n+ {one_line(f'{each.matcher}: {each.actual}')}" for each in missed)
    facts = words.facts(run)
    return f"Expected (-) against got (+){f', {_text(facts)}' if facts else ''}:\n{fenced(told, 'diff')}"


def _compared(suite: EvalSuite) -> list[str]:
    comparison = suite.comparison
    if comparison is None:
        return []
    rows = "".join(f"| {name} | {before} | {after} |\n" for name, before, after in words.rows(comparison.before, comparison.after))
    table = f"\n| | before: {_text(comparison.version, cell=True)} | now |\n|---|---|---|\n{rows}"
    noted = words.of_note(suite)
    if not noted:
        return [table]
    lines = "".join(f"- {_name(each.case)}: {words.compared(each)}\n" for each in noted[:MOST_NOTED])
    outputs = "".join(
        f"\n{_name(each.case)}:\n{fenced(f'- {one_line(each.output_before)}{chr(10)}+ {one_line(each.output_after)}', 'diff')}"
        for each in noted[:MOST_NOTED]
        if each.changed
    )
    title = count(sum(each.changed for each in noted), "changed output")
    return [f"{table}\n{lines}", *([f"\n<details><summary>{title}</summary>\n{outputs}\n</details>\n"] if outputs else [])]


def _history(suite: EvalSuite) -> list[str]:
    return [plot(suite.history)] if len(suite.history) >= FEWEST_POINTS else []


def plot(history: Sequence[EvalHistoryPoint]) -> str:
    """Pass rate and latency over the last releases, as two small Mermaid charts (one axis each)."""
    points = history[-MOST_POINTS:]
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


def _html(text: str) -> str:
    """For the title of what is folded, which is HTML: nobody is called, nothing is linked."""
    return "".join(_HTML.get(char, char) for char in one_line(cut(text, LONGEST_NAME)))


def _text(text: str, *, cell: bool = False) -> str:
    return markdown(cut(text, LONGEST_TEXT), cell=cell)


def _name(text: str) -> str:
    return code(cut(text, LONGEST_NAME))
