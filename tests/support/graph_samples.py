"""Graphs to draw: a few as people have them, hostile ones, and any number of odd ones made from a seed."""

import random
from collections.abc import Iterator
from itertools import pairwise

from runner_grammar import ATTACKS

from deployer.model.difference import DrawnEdge, DrawnGraph, DrawnNode

HOSTILE = {
    **ATTACKS,
    "directive": '%%{init: {"securityLevel": "loose", "theme": "forest"}}%%',
    "comment": "%% gone",
    "front matter": "---\nconfig:\n  theme: forest\n---",
    "closes the label": '"]; click n0 call alert(1); n9["',
    "closes the box": '"]\nend\nsubgraph x["',
    "click": 'click n0 href "javascript:alert(1)"',
    "class": "x:::removed",
    "style": "style n0 fill:#f00;",
    "class definition": "classDef same fill:#ff0000;",
    "link style": "linkStyle default stroke:#f00",
    "entity": "#35; #quot; #9829; &lt;b&gt; &#60;i&#62;",
    "half an entity": "#35",
    "markdown": "`**bold** _it_ ~~x~~`",
    "list": "1. one",
    "other lists": "- a",
    "one more list": "* a",
    "plus": "+ a",
    "heading": "# a",
    "quote": "> a",
    "rule": "---",
    "code": "    four spaces",
    "fence": "```\n</code>\n```",
    "tildes": "~~~",
    "link": "[x](javascript:alert(1)) http://evil.example www.evil.example",
    "image": "<img src=x onerror=alert(1)>",
    "formula": "$$\\frac{1}{2}$$",
    "icon": "fa:fa-bug",
    "shape": "n0@{ shape: circle }",
    "end": "end",
    "graph": "graph TD; a-->b",
    "arrow": "-->|x| n0",
    "brackets": "[]{}()<>[[ ]]{{ }}(( ))",
    "quotes": "\"'`“”",
    "backslashes": "a\\nb\\",
    "line break": "a<br>b<br/>c",
    "right to left": "שלום עולם مرحبا",
    "turned around": "\u202eabc\u202c",
    "placeholder": "ﬂ°°35¶ß ﬂ°34¶ß",
    "emoji": "🚀👩\u200d👩\u200d👧🇩🇪",
    "wide": "日本語のワークフロー" * 8,
    "one long word": "w" * 5000,
    "many words": "word " * 1000,
    "dots": "...",
    "comma": "a, b; c",
    "semicolon": ";",
    "prototype": "__proto__",
}


def triage() -> DrawnGraph:
    """A change to a workflow, as people make it."""
    nodes = (
        DrawnNode("start", "Start", "START"),
        DrawnNode("ask", "Which language?", "INTENT", "changed"),
        DrawnNode("german", "Answer in German", "LLM"),
        DrawnNode("french", "Answer in French", "LLM", "added"),
        DrawnNode("items", "Each attachment", "LOOP"),
        DrawnNode("parse", "Read the file", "FILE_PARSE", "same", "items"),
        DrawnNode("short", "Shorten", "LLM", "changed", "items"),
        DrawnNode("store", "Store the summary", "DATABASE", "added", "items"),
        DrawnNode("ticket", "Open a ticket", "HTTP", "removed"),
        DrawnNode("end", "End", "END"),
    )
    edges = (
        DrawnEdge("start", "ask"),
        DrawnEdge("ask", "german", "German"),
        DrawnEdge("ask", "french", "French", "added"),
        DrawnEdge("ask", "items", "other"),
        DrawnEdge("parse", "short"),
        DrawnEdge("short", "store", "", "added"),
        DrawnEdge("german", "end"),
        DrawnEdge("french", "end", "", "added"),
        DrawnEdge("items", "ticket", "", "removed"),
        DrawnEdge("ticket", "end", "", "removed"),
        DrawnEdge("items", "end", "", "added"),
    )
    return DrawnGraph(nodes, edges)


def chain(length: int) -> DrawnGraph:
    """That many nodes in a row."""
    nodes = tuple(DrawnNode(str(place), f"Step {place}", "LLM", "changed" if place % 10 == 3 else "same") for place in range(length))
    return DrawnGraph(nodes, tuple(DrawnEdge(str(place), str(place + 1)) for place in range(length - 1)))


def nested(depth: int) -> DrawnGraph:
    """Loops in loops, with an edge from the outermost to the innermost."""
    nodes = tuple(DrawnNode(str(place), f"Level {place}", "LOOP", "same", str(place - 1) if place else "") for place in range(depth))
    return DrawnGraph(
        (*nodes, DrawnNode("out", "Out", "END")), (DrawnEdge("0", str(depth - 1)), DrawnEdge(str(depth - 1), "out"), DrawnEdge("0", "out"))
    )


def hostile() -> DrawnGraph:
    """Every attack as a node's label, in and out of a loop, as a type, an edge's label, a key, and the loop's own title."""
    nodes = [DrawnNode(f"loop {attack}", attack, attack, "changed") for attack in HOSTILE.values()][:20]
    nodes += [DrawnNode(f"{name}{attack}", attack, "", "added", nodes[place % 20].key) for place, (name, attack) in enumerate(HOSTILE.items())]
    edges = [DrawnEdge(one.key, other.key, other.label, "removed") for one, other in pairwise(nodes[20:])]
    return DrawnGraph(tuple(nodes), tuple(edges))


def odd(seed: int) -> DrawnGraph:
    """A graph that nobody draws: circles, loops in loops, edges across, from a loop to its own inside, twice, and to nowhere."""
    dice = random.Random(seed)
    size = dice.randint(1, 30)
    nodes: list[DrawnNode] = []
    for place in range(size):
        inside = str(dice.randrange(place)) if place and dice.random() < 0.4 else dice.choice(["", "", str(size + 1), str(place)])
        type_ = dice.choice(["START", "END", "LLM", "LOOP", "CONDITION", ""])
        change = dice.choice(["added", "removed", "changed", "same", "same"])
        nodes.append(DrawnNode(str(place), dice.choice(list(HOSTILE.values())), type_, change, inside))  # type: ignore[arg-type]
    edges = [
        DrawnEdge(
            str(dice.randrange(size)),
            str(dice.randrange(size + 1)),
            dice.choice(["", "yes", 'no: "else"']),
            dice.choice(["added", "removed", "same"]),
        )
        for _ in range(dice.randrange(size * 2))
    ]
    return DrawnGraph(tuple(nodes), tuple(edges))


def samples(odd_ones: int = 40) -> Iterator[tuple[str, DrawnGraph]]:
    """Name → graph, all small enough to be drawn."""
    yield "triage", triage()
    yield "nested", nested(8)
    yield "hostile", hostile()
    yield "nothing", DrawnGraph()
    for length in (1, 2, 7, 30, 100):
        yield f"chain-{length}", chain(length)
    for seed in range(odd_ones):
        yield f"odd-{seed}", odd(seed)
