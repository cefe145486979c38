"""The pull request's comment: what it says, within GitHub's limit, whatever the texts in it."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from graph_samples import HOSTILE, chain, triage
from markdown_it import MarkdownIt
from markdown_it.token import Token
from runner_grammar import Grammar

from deployer.model.difference import NO_VALUE, Difference, DrawnGraph, DrawnNode, FieldDifference, PartDifference
from deployer.model.failure import Failure
from deployer.model.finding import Finding, Span
from deployer.model.outcome import Outcome
from deployer.model.report import Report, Requests
from deployer.render.markdown import MAX_COMMENT_BYTES, comment_marker, render, render_comment
from deployer.render.mermaid import draw

DATA = Path(__file__).parents[2] / "data" / "comment"
RUN = "https://github.com/acme/flows/actions/runs/7/attempts/1"
MARK = comment_marker("", "production", "flowship.yml")
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = ("<details><summary>Field by field</summary>\n", "</details>\n", "<span>", "</span>")
TITLES = {"Failed", "What changes", "Try it", "Findings", "Warnings", "Notices", "Next"}
FIELDS = (
    FieldDifference("llmParam.temperature", 0.2, 0.7),
    FieldDifference("llmParam.userPrompt", "Say hello", "Say hello in the reader's own language"),
)
PARTS = (
    PartDifference("node", "ask", "Which language?", "INTENT", "changed", FIELDS),
    PartDifference("node", "french", "Answer in French", "LLM", "added"),
    PartDifference("node", "store", "Store the summary", "DATABASE", "added", inside=("Each attachment",)),
    PartDifference("node", "ticket", "Open a ticket", "HTTP", "removed"),
    PartDifference("variable", "mood", "mood", "string", "added", (FieldDifference("", NO_VALUE, "calm"),)),
)
CHANGED = Difference("commit 1a2b3c4", PARTS, triage())
MOVED = Difference("commit 1a2b3c4", (PartDifference("node", "a", "A", "LLM", "moved"),), chain(3))
UNKNOWN = Difference("", (), chain(2), known=False)
NEW = Difference(
    "",
    (PartDifference("step", "a", "A", "llm", "added"), PartDifference("step", "b", "B", "llm", "added")),
    DrawnGraph((DrawnNode("a", "A", "llm", "added"), DrawnNode("b", "B", "llm", "added"))),
)


def with_difference(outcome: Outcome, difference: Difference) -> Outcome:
    return replace(outcome, change=replace(outcome.change, difference=difference))


def a_report(outcome_of: Any) -> Report:
    outcomes = (
        outcome_of("broken", "fail", None, error=Failure("403202", "The file is not a workflow.", "Export it again.")),
        with_difference(outcome_of("greeter", "create", None, release=True), NEW),
        with_difference(outcome_of("mover", "import", None), MOVED),
        with_difference(outcome_of("onboarding", "update", None, warning="Edited elsewhere."), UNKNOWN),
        outcome_of("same", "unchanged", None, version="2.0.0", live=True),
        with_difference(outcome_of("triage", "import", None, previous_version="1.0.2"), CHANGED),
    )
    findings = (Finding("yaml-alias", "warning", "Aliases are expanded.", "Write it out.", "w/b.yaml", Span(1, 1, 4, 2)),)
    return Report(
        mode="plan", environment="production", commit="c0ffee" * 6, exit_code=1, plan_hash="ab" * 32, outcomes=outcomes, findings=findings,
        notices=("The state is a file.",), requests={"gptbots": Requests(3, 57)}, requests_needed={"gptbots": 4}, seconds=1.25,
    )  # fmt: skip


def tokens(text: str) -> Iterator[Token]:
    for token in PARSER.parse(text):
        yield token
        yield from token.children or []


def dangers(page: str) -> list[str]:
    """What GitHub would link or call after Markdown is done, outside of code."""
    plain = "\n".join(token.content for token in tokens(page) if token.type in ("text", "text_special"))
    return re.findall(r"@\w|#\d|GH-\d|\w+://|www\.|:[\w+-]+:", plain, re.IGNORECASE)


def assert_harmless(page: str, tables: list[int]) -> None:
    """Our own structure and no other: `tables` are how many cells each row of each table has."""
    every = list(tokens(page))
    html = [token.content for token in every if token.type in ("html_block", "html_inline")]
    assert html[0] == page.split("\n", maxsplit=1)[0] + "\n"
    assert [each for each in html[1:] if each not in OURS and not re.fullmatch(r"<details><summary>Graph: \d+ nodes</summary>\n", each)] == []
    headings = [every[place + 1].content for place, token in enumerate(every) if token.type == "heading_open" and token.tag == "h3"]
    assert set(headings) <= TITLES
    assert [token.attrs["href"] for token in every if token.type == "link_open"] == [RUN] * page.count(f"]({RUN})")
    assert not [token for token in every if token.type in ("image", "s_open", "em_open", "code_block", "hr", "blockquote_open", "ordered_list_open")]
    assert {token.info for token in every if token.type == "fence"} <= {"mermaid", "diff", "text"}
    assert dangers(page) == []
    rows = [sum(each.type == "td_open" for each in row) for row in _rows(every)]
    assert set(rows) <= set(tables)


def _rows(every: list[Token]) -> Iterator[list[Token]]:
    row: list[Token] = []
    for token in every:
        row = [] if token.type == "tr_open" else [*row, token]
        if token.type == "tr_close" and any(each.type == "td_open" for each in row):
            yield row


@pytest.mark.parametrize("name", ["comment", "summary"])
def test_as_the_file_says(name: str, outcome_of: Any) -> None:
    report = a_report(outcome_of)
    text = render_comment(report, MARK, RUN) if name == "comment" else render(report)
    path = DATA / f"{name}.md"
    if os.environ.get("FLOWSHIP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_the_outcome_is_the_first_thing_to_see(outcome_of: Any) -> None:
    page = render_comment(a_report(outcome_of), MARK, RUN)
    assert page.startswith(f"{MARK}\n## ❌ Plan: 1 failed to plan, 2 to import, 1 to create, 1 to update, 1 to release, 1 unchanged.\n")
    order = [
        "### Failed",
        "| Workflow |",
        "### What changes",
        "```mermaid",
        "Field by field",
        "### Findings",
        "### Warnings",
        "### Notices",
        "### Next",
        "Plan hash",
    ]
    assert [page.index(each) for each in order] == sorted(page.index(each) for each in order)
    assert_harmless(page, [5])


def test_what_only_moved_has_no_graph_and_what_is_new_no_fields(outcome_of: Any) -> None:
    page = render_comment(a_report(outcome_of), MARK, RUN)
    parts = dict(re.findall(r"#### `(\w+)`\n(.*?)(?=\n#+ |\Z)", page, re.DOTALL))
    assert ("mermaid" in parts["mover"], "only the layout" in parts["mover"].lower()) == (False, True)
    assert ("mermaid" in parts["greeter"], "<details>" in parts["greeter"]) == (True, False)
    assert ("mermaid" in parts["onboarding"], "No earlier definition was found" in parts["onboarding"]) == (True, True)
    assert ("mermaid" in parts["triage"], "```diff" in parts["triage"]) == (True, True)


def test_a_large_graph_is_folded_and_a_very_large_one_told_in_text(outcome_of: Any) -> None:
    def page(graph: DrawnGraph) -> str:
        outcome = with_difference(outcome_of("a", "import", None), CHANGED._replace(graph=graph))
        return render_comment(Report(mode="plan", outcomes=(outcome,)), MARK, RUN)

    assert "<details><summary>Graph: 60 nodes</summary>\n\n```mermaid\n" in page(chain(60))
    assert "<details><summary>Graph: 300 nodes</summary>\n\n```text\n" in page(chain(300))
    assert_harmless(page(chain(300)), [5])


def test_one_marker_for_each_project_environment_and_list_of_workflows() -> None:
    every = [
        comment_marker("", "production", "flowship.yml"),
        comment_marker("billing", "production", "flowship.yml"),
        comment_marker("", "staging", "flowship.yml"),
        comment_marker("", "production", "b.yml"),
        comment_marker("", "production", "flowship.yml", ("a", "b")),
        comment_marker("", "production", "flowship.yml", ("a",)),
        comment_marker("", "production", "", (), ("a", "b")),
    ]
    assert len(set(every)) == len(every)
    assert comment_marker("", "production", "flowship.yml", ("b", "a", "b")) == every[4]
    assert comment_marker("", "production", "", (), ("b", "a")) == every[6]
    assert all(re.fullmatch(r"<!-- flowship:[0-9a-f]{32} -->", each) for each in every)


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=list(HOSTILE))
def test_no_text_of_others_breaks_it_or_calls_anybody(attack: str, outcome_of: Any) -> None:
    """Names, paths, versions, replies, environments, labels, fields and their values: all of them hostile."""
    part = PartDifference(
        "node",
        attack,
        attack,
        attack,
        "changed",
        (FieldDifference(attack, attack, attack + "x"), FieldDifference("", NO_VALUE, [attack])),
        (attack, attack),
    )
    difference = Difference(
        attack, (part, part._replace(kind="variable", change="added")), DrawnGraph((DrawnNode(attack, attack, attack, "changed"),))
    )
    problem = Failure(attack, attack, attack)
    report = Report(
        mode="deploy", environment=attack, commit=attack, exit_code=1, plan_hash="ab" * 32, notices=(attack,), problem=problem,
        findings=(Finding(attack or "r", "error", attack, attack, attack, Span(1, 2, 1, 3)),),
        outcomes=(
            with_difference(
                outcome_of(attack or "a", "import", "failed", error=problem, version=attack, target=attack, warning=attack, path=attack), difference
            ),
            with_difference(outcome_of(attack + "2", "hold", "held", why=attack, previous_version=attack), replace_graph(difference)),
        ),
    )  # fmt: skip
    page = render_comment(report, MARK, RUN)
    assert page.startswith(f"{MARK}\n## ❌ ")
    page_without_formulas = page.replace("<span>$</span>", "$")
    assert_harmless(page_without_formulas, [5])
    assert len(page.encode()) <= MAX_COMMENT_BYTES
    assert "\r" not in page
    assert Grammar().read(page) == [] or "::" in attack or "##[" in attack  # never printed; see the log's own tests


def replace_graph(difference: Difference) -> Difference:
    """The same with a graph so large that it is told in text."""
    return difference._replace(graph=DrawnGraph(tuple(node._replace(key=f"{place}") for place, node in enumerate(difference.graph.nodes * 101))))


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "https://x)[y](http://evil.example", "https://a b", "http://github.internal:8443/a/b/actions/runs/1"]
)
def test_only_an_address_becomes_a_link(url: str, crowd: Report) -> None:
    page = render_comment(crowd, MARK, url)
    links = [token.attrs["href"] for token in tokens(page) if token.type == "link_open"]
    assert set(links) == ({url} if url.startswith("http://github.internal") else set())


def test_a_crowd_stays_below_the_limit_with_counts_and_a_link(crowd: Report) -> None:
    page = render_comment(crowd, MARK, RUN)
    assert MAX_COMMENT_BYTES / 2 < len(page.encode()) <= MAX_COMMENT_BYTES
    assert len(re.findall(rf"… and \d+ more \w+, left out here; the \[job summary\]\({RUN}\) has more\.", page)) == 5
    assert_harmless(page, [5])


def test_three_hundred_changed_workflows(outcome_of: Any) -> None:
    outcomes = tuple(with_difference(outcome_of(f"workflow-{n:03}", "import", None, previous_version="1.0.2"), CHANGED) for n in range(300))
    page = render_comment(Report(mode="plan", environment="production", outcomes=outcomes, plan_hash="ab" * 32), MARK, RUN)
    assert len(page.encode()) <= MAX_COMMENT_BYTES
    assert len(re.findall(r"^\| `workflow-\d{3}`", page, re.MULTILINE)) == 300
    heads, fields, graphs = page.count("\n#### "), page.count("Field by field"), page.count("```mermaid")
    found = re.search(r"… and (?:(\d+) more workflows? and )?(\d+) more field lists and (\d+) more graphs, left out here", page)
    assert found, page[-3000:]
    assert (300 - heads, heads - fields) == (int(found[1] or 0), int(found[2]) - (300 - heads))
    assert 300 - graphs == int(found[3])
    assert heads >= fields >= graphs


def test_graphs_give_way_before_fields_and_fields_before_rows(outcome_of: Any) -> None:
    outcomes = tuple(with_difference(outcome_of(f"w{n}", "import", None), CHANGED) for n in range(30))
    report = Report(mode="plan", outcomes=outcomes)

    def counted(limit: int) -> tuple[int, int, int]:
        page = render_comment(report, MARK, RUN, limit=limit)
        assert len(page.encode()) <= limit
        return len(re.findall(r"^\| `w\d+`", page, re.MULTILINE)), page.count("Field by field"), page.count("```mermaid")

    sizes = [counted(limit) for limit in (60_000, 40_000, 30_000, 20_000, 10_000, 5_000, 3_000)]
    assert sizes[0] == (30, 30, 30)
    for (rows, fields, graphs), (less_rows, less_fields, less_graphs) in pairwise(sizes):
        assert less_rows <= rows
        assert less_fields <= fields
        assert less_graphs <= graphs
        assert not graphs or fields == 30 or graphs < fields
        assert not fields or rows == 30


def test_the_summary_has_what_the_comment_left_out(outcome_of: Any) -> None:
    outcomes = tuple(with_difference(outcome_of(f"workflow-{n:03}", "import", None), CHANGED) for n in range(300))
    text = render(Report(mode="plan", outcomes=outcomes))
    assert text.count("```mermaid") == text.count("Field by field") == 300
    assert "left out" not in text
    assert draw(CHANGED.graph).text in text


def test_three_hundred_workflows_with_long_texts_everywhere_stay_below_the_limit(outcome_of: Any) -> None:
    long = "@team |`x` <b>日本語" * 30
    part = PartDifference("node", long, long, long, "changed", (FieldDifference(long, long, f"{long}x"),))
    difference = Difference(long, (part,), DrawnGraph((DrawnNode("n", long, long, "changed"),)))
    outcomes = tuple(with_difference(outcome_of(f"{n}{long}", "import", None, version=long, warning=long), difference) for n in range(300))
    page = render_comment(Report(mode="plan", environment=long, outcomes=outcomes, notices=(long,) * 500, plan_hash="ab" * 32), MARK, RUN)
    assert len(page.encode()) <= MAX_COMMENT_BYTES
    assert re.search(r"… and \d+ more workflows and \d+ more field lists and 300 more graphs, left out here", page)


def test_many_suites_stay_below_the_limit_and_failed_ones_come_first(reports: dict[str, Report]) -> None:
    (suite, *_) = reports["evals"].evals
    suites = tuple(suite._replace(workflow=f"workflow-{n:03}", passed=n != 299, notes=("n" * 500,)) for n in range(300))
    page = render_comment(replace(reports["evals"], evals=suites), MARK, RUN)
    assert len(page.encode()) <= MAX_COMMENT_BYTES
    assert "`workflow-299`" in page.partition("### Evals\n\n")[2].split("\n", maxsplit=1)[0]
    found = re.search(r"… and (\d+) more suites and \d+ more parts, left out here", page)
    assert found
    assert page.count("\n#### ") + int(found[1]) == 300
