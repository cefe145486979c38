"""Evals in an HTML page: the verdict, every case, what failed ones expected and got, the comparison, and a plot of earlier releases."""

from collections.abc import Sequence
from math import isfinite
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from deployer.model.evals import CaseRun, EvalCase, EvalHistoryPoint, EvalSuite
from deployer.model.text import cut
from deployer.render import evals_summary
from deployer.render.escape import xml
from deployer.render.html_parts import Part, code, element, folded, lines_block, paragraph, section, table

MIN_POINTS, MAX_POINTS = 2, 24  # of a plot
MAX_CASES: Final = 500
WIDTH, HEIGHT = 440.0, 132.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 12.0, 14.0, 26.0
MAX_LABEL_CHARS: Final = 14


def suite_section(suite: EvalSuite) -> Element:
    badge = element("span", "passed" if suite.passed else "failed", class_=f"badge {'added' if suite.passed else 'removed'}")
    heading = element("span", suite.workflow, " ", badge)
    summary = evals_summary.summary(suite)
    parts: list[Part] = [paragraph(f"{summary[:1].upper()}{summary[1:]}.")]
    parts += [element("p", element("strong", suite.follow_up))] * bool(suite.follow_up) + [paragraph(note) for note in suite.notes]
    cases = evals_summary.failed_first(suite)[:MAX_CASES]
    parts += [_failed(case, suite) for case in cases if case.status == "failed"]
    rows = [(code(case.name), evals_summary.CASE_STATUSES[case.status], evals_summary.reason(case)) for case in cases]
    parts += [folded("Every case", table("Cases", ("Case", "Result", ""), rows))] if rows else []
    return section(heading, *parts, *_comparison(suite), *history_parts(suite.workflow, suite.history), level=3)


def _failed(case: EvalCase, suite: EvalSuite) -> Element:
    rate = evals_summary.rate(case)
    title = f"{case.name}{f': {rate}' if rate else ''} ({suite.path}:{case.line})"
    runs = [part for run in evals_summary.failures(case)[: evals_summary.MAX_MISSES] for part in _run(run)]
    return folded(f"✗ {title}", element("p", "Input:"), lines_block(case.input.splitlines()), *runs)


def _run(run: CaseRun) -> list[Part]:
    facts = evals_summary.run_facts(run)
    misses = run.misses[: evals_summary.MAX_MISSES]
    lines = [f"{sign} {miss.matcher}: {text}" for miss in misses for sign, text in (("-", miss.expected), ("+", miss.actual))]
    return [element("p", f"Expected (-) against got (+){f', {facts}' if facts else ''}:"), lines_block(lines)]


def _comparison(suite: EvalSuite) -> list[Part]:
    if suite.comparison is None:
        return []
    rows = evals_summary.figure_rows(suite.comparison.before, suite.comparison.after)
    parts: list[Part] = [table(f"Compared with {suite.comparison.version}, which was live before", ("Figure", "Before", "Now"), rows)]
    cases = [(code(case.case), evals_summary.compared(case), case.output_before, case.output_after) for case in evals_summary.differing_cases(suite)]
    return parts + [folded("Cases that differ", table("Cases", ("Case", "Passed", "Output before", "Output now"), cases[:MAX_CASES]))] * bool(cases)


def history_parts(name: str, history: Sequence[EvalHistoryPoint]) -> list[Part]:
    """The plots and their figures as a table; nothing for a single release."""
    points = history[-MAX_POINTS:]
    if len(points) < MIN_POINTS:
        return []
    plots = [_plot(f"{name}: cases passed in each release, in %", points, [point.rate * 100 for point in points], 100.0, "%")]
    timed = [point for point in points if point.seconds is not None and isfinite(point.seconds)]
    if len(timed) >= MIN_POINTS:
        seconds = [point.seconds or 0.0 for point in timed]
        plots.append(_plot(f"{name}: median seconds of a run", timed, seconds, max(1e-3, *seconds) * 1.15, "s", line=True))
    rows = [
        (code(point.label), f"{point.rate * 100:.0f} %", "-" if point.seconds is None else f"{point.seconds:.2f}", "yes" if point.passed else "no")
        for point in reversed(points)
    ]
    figures = [element("figure", element("figcaption", caption), picture) for caption, picture in zip(("Cases passed", "Median seconds"), plots)]
    return [
        element("div", *figures, class_="plots"),
        folded(f"The last {len(points)} releases", table("Evals of each release", ("Version", "Passed", "Seconds", "Accepted"), rows)),
    ]


def _plot(title: str, points: Sequence[EvalHistoryPoint], values: Sequence[float], top: float, unit: str, *, line: bool = False) -> Element:
    """Bars, green where the release was accepted, or a line."""
    svg = Element("svg", {"class": "plot", "role": "img", "viewBox": f"0 0 {WIDTH:.0f} {HEIGHT:.0f}", "width": "100%"})
    SubElement(svg, "title").text = xml(title)
    step, floor = (WIDTH - LEFT - RIGHT) / len(points), HEIGHT - BOTTOM
    for share in (0.0, 0.5, 1.0):
        y = floor - share * (floor - TOP)
        SubElement(svg, "line", {"class": "grid", "x1": f"{LEFT}", "x2": f"{WIDTH - RIGHT}", "y1": f"{y:.1f}", "y2": f"{y:.1f}"})
        SubElement(svg, "text", {"class": "end", "x": f"{LEFT - 6}", "y": f"{y + 4:.1f}"}).text = f"{_short(top * share)} {unit}"
    spots = [(LEFT + step * (index + 0.5), floor - min(max(value / top, 0.0), 1.0) * (floor - TOP)) for index, value in enumerate(values)]
    if line:
        SubElement(svg, "polyline", {"class": "line", "points": " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)})
    for (x, y), point, value in zip(spots, points, values):
        mark = _dot(x, y) if line else _bar(x, y, min(26.0, step * 0.62), floor, passed=point.passed)
        SubElement(mark, "title").text = xml(f"{point.label}: {value:.3g} {unit}")
        svg.append(mark)
    for index in _labelled(len(points)):
        SubElement(svg, "text", {"x": f"{spots[index][0]:.1f}", "y": f"{HEIGHT - 8}"}).text = xml(cut(points[index].label, MAX_LABEL_CHARS))
    return svg


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 10 or not number else f"{number:.2g}"


def _dot(x: float, y: float) -> Element:
    return Element("circle", {"class": "dot", "cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "3.5"})


def _bar(x: float, y: float, width: float, floor: float, *, passed: bool) -> Element:
    height = max(floor - y, 1.5)
    places = {"x": f"{x - width / 2:.1f}", "y": f"{floor - height:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}", "rx": "2"}
    return Element("rect", {"class": "passed" if passed else "missed", **places})


def _labelled(number: int) -> Sequence[int]:
    """Which of the points have room for a label: five at most, the last one always."""
    every = -(-number // 5)
    return range((number - 1) % every, number, every)
