"""The HTML page: nothing in it but elements of ours, whatever the texts; a policy that allows no script and no network; colours that can be read."""

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser

import pytest
from graph_samples import HOSTILE, triage

from deployer.model.difference import Difference, FieldDifference, PartDifference
from deployer.model.evals import EvalHistoryPoint
from deployer.model.failure import Failure
from deployer.model.report import Report
from deployer.model.shown import ShownWorkflow
from deployer.render.html_page import POLICY
from deployer.render.html_parts import element, prose, table
from deployer.render.html_report import render
from deployer.render.html_style import DARK, LIGHT, STYLE

OURS = frozenset(
    """html head meta title style body header main footer section h1 h2 h3 p span strong code ul li a table caption thead tbody tr th td div details
    summary figure figcaption pre dl dt dd del ins svg g desc rect polygon path text line polyline circle""".split()  # noqa: SIM905 - shorter
)
TEXT_PAIRS = [("text", "page"), ("text", "card"), ("soft", "page"), ("soft", "card"), ("soft", "same-fill"), ("text", "code"), ("link", "card"),
              ("text", "added-fill"), ("text", "removed-fill"), ("text", "changed-fill"), ("soft", "added-fill"), ("soft", "removed-fill"),
              ("soft", "changed-fill"), ("added", "added-fill"), ("removed", "removed-fill"), ("changed", "changed-fill"), ("changed", "code"),
              ("added", "card"), ("removed", "card")]  # fmt: skip


class Page(HTMLParser):
    """What an HTML parser sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def hostile_report(attack: str) -> Report:
    parts = (PartDifference("node", attack, attack, attack, "changed", (FieldDifference(attack, f"{attack}\n" * 9, f"{attack}\nnew"),)),)
    history = (EvalHistoryPoint(attack, 0.5, 1.0), EvalHistoryPoint(attack, float("nan"), float("inf")), EvalHistoryPoint(attack, 1.0, 2.0))
    shown = ShownWorkflow(attack, attack, attack, Difference(attack, parts, triage()), True, True, history, attack)
    return Report(
        mode="show", environment=attack, project=attack, commit=attack, shown=(shown, shown), notices=(attack,), problem=Failure(*[attack] * 3)
    )


@pytest.mark.parametrize("attack", [*HOSTILE.values(), "</style><script>alert(1)</script>", '"><svg onload=alert(1)>', "</title><script>"])
def test_text_of_others_makes_no_element_and_no_attribute(attack: str) -> None:
    page = Page(render(hostile_report(attack)))
    assert {tag for tag, _ in page.tags} <= OURS
    attributes = {name for _, given in page.tags for name in given}
    assert not [name for name in attributes if name.startswith("on") or name in ("style", "src", "xlink:href", "action")]
    assert all((given.get("href") or "#").startswith("#workflow-") for tag, given in page.tags if tag == "a")
    assert [given.get("http-equiv") for tag, given in page.tags if tag == "meta" and "http-equiv" in given] == ["Content-Security-Policy"]


def test_policy_allows_the_style_alone() -> None:
    page = render(Report(mode="show"))
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style == STYLE
    assert POLICY.startswith(f"default-src 'none'; style-src 'sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}';")
    assert "url(" not in style
    assert "@import" not in style
    assert "<script" not in page


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read(colours: dict[str, str], text: str, ground: str) -> None:
    lighter, darker = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


def luminance(colour: str) -> float:
    """As WCAG 2.2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels]
    return sum(share * channel for share, channel in zip((0.2126, 0.7152, 0.0722), linear))


def test_every_table_has_a_caption_and_headers_and_scrolls_by_keyboard() -> None:
    made = table("Colours", ("Name", "Value"), [("red", element("code", "f00"))])
    assert made.get("tabindex") == "0"
    assert made.get("aria-label") == "Colours"
    assert [(cell.tag, cell.get("scope")) for cell in made.iter() if cell.tag in ("th", "td")] == [("th", "col")] * 2 + [("th", "row"), ("td", None)]


def test_backticks_are_code() -> None:
    made = element("p", *prose("Set `keys: <all>` now."))
    assert [(part.tag, part.text, part.tail) for part in made] == [("code", "keys: <all>", " now.")]


def test_long_text_that_changed_is_shown_line_by_line() -> None:
    before, after = "Be brief.\nBe kind.\n", "Be brief.\nBe kind, always.\n"
    parts = (PartDifference("node", "a", "Answer", "LLM", "changed", (FieldDifference("prompt", before, after),)),)
    page = render(Report(mode="show", shown=(ShownWorkflow("a", "gptbots", "a.flow", Difference("v1", parts, triage()), True),)))
    assert '<span class="removed">-Be kind.</span>\n<span class="added">+Be kind, always.</span>' in page


def test_history_of_evals_is_a_plot_with_its_figures() -> None:
    history = tuple(EvalHistoryPoint(f"1.0.{place}", place / 4, place + 0.5, place > 1) for place in range(5))
    page = render(Report(mode="show", shown=(ShownWorkflow("a", "gptbots", "a.flow", Difference(graph=triage()), history=history),)))
    assert page.count('class="passed"') == 3
    assert page.count('class="missed"') == 2
    assert page.count('class="dot"') == 5
    assert "<caption>Evals of each release</caption>" in page
