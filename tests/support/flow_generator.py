"""Random `.flow` documents that the platform takes, made from docs/contracts/flow-format.md alone: no code here is the linter's or the sandbox's.

A document is laid out with each node and each edge on a line of its own, so that a finding's line names its node or edge.
"""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from flow_references import put_anywhere

Node = dict[str, Any]
Edge = dict[str, Any]
Place = tuple[str | int, ...]

PLAIN = ("LLM", "AUDIO_LLM", "CODE", "HTTP", "DATASET", "DATABASE", "TOOL_API", "FILE_PARSE", "TEXT_PROCESS", "VARIABLE_AGGREGATE")
BRANCHING = ("INTENT", "CONDITION")
WORDS = ("text", "ticket", "customer", "reply", "größe", "件名", "total_2", "summary")


class Made:
    """A graph as it is made: what is in it, what leads where, and where it stands in the document."""

    def __init__(self, path: Place, around: tuple[str, ...]) -> None:
        self.path = path
        self.around = around
        self.nodes: list[Any] = []  # mappings, until a mutation puts something else there
        self.edges: list[Any] = []
        self.upstream: dict[str, list[Node]] = {}  # what may run before each node, in this graph and around it
        self.certain: dict[str, list[Node]] = {}  # what has run whenever the node runs
        self.runs: list[dict[str, str]] = []  # every way to run the graph so far: the nodes that run, and the handle that each goes on from

    @property
    def data(self) -> dict[str, Any]:
        return {"workflowNodes": self.nodes, "workflowEdges": self.edges}

    def place(self, each: dict[str, Any]) -> Place:
        """Where that very node or edge stands."""
        for key, listed in self.data.items():
            for index, other in enumerate(listed):
                if other is each:
                    return (*self.path, key, index)
        raise LookupError

    def of(self, *kinds: str) -> list[Node]:
        return [node for node in self.nodes if node["type"] in kinds]


class Generator:
    """One document from one seed: `document`, and `graphs`, outer first."""

    def __init__(self, seed: int | str, size: int = 6) -> None:
        self.random = Random(seed)
        self.count = 0
        self.graphs: list[Made] = []
        outer = self.graph(("workflow",), (), [], [], self.random.randint(0, size))
        self.document: dict[str, Any] = {
            "formatVersion": "1.0",
            "exportType": "WORKFLOW",
            "exportTime": self.random.choice([1758765323024, 1.5e12, 0, None]),
            "name": self.word(),
            "botType": "Workflow",
            "workflow": outer.data,
        }

    def word(self) -> str:
        return self.random.choice(WORDS)

    def fresh(self, prefix: str) -> str:
        """An id that nothing else has."""
        self.count += 1
        return self.random.choice(["{}_{}", "{}-{}", "{} {}", "{}.{}"]).format(prefix, self.count)

    def node(self, kind: str) -> Node:
        name = self.fresh(kind.lower())
        place = {"x": self.random.randint(-900, 900), "y": self.random.uniform(-9, 9)}
        outputs = [{"id": f"{word}_id", "name": word, "type": "STRING"} for word in self.random.sample(WORDS, self.random.randint(1, 3))]
        node = {"id": name, "name": f"The {name} # one", "type": kind, "desc": "{{nobody}}", **place, "inputs": [], "outputs": outputs}
        items = list(node.items())
        self.random.shuffle(items)
        return dict(items)

    def graph(self, path: Place, around: tuple[str, ...], before: list[Node], certain: list[Node], size: int) -> Made:
        """START, `size` nodes behind exits that are still open, and END (or, inside, now and then what steers a loop).

        `before`: what may have run before, outside; `certain`: what of it has.
        """
        made = Made(path, around)
        self.graphs.append(made)
        start = self.add(made, "START", before)
        made.certain[start["id"]] = list(certain)
        made.runs = [{start["id"]: "out"}]
        exits = [(start, "out")]
        for _ in range(size):
            exits += self.grow(made, exits, before, certain)
        last = self.random.choice(["END", "NEXT_LOOP", "CONTINUE", "BREAK"]) if around else "END"
        end = self.add(made, last, before)
        for source, handle in exits:
            self.connect(made, source, handle, end)
        self.finish(made, end, certain)
        for _ in range(self.random.choice([0, 0, 1])):
            note = self.node("COMMENT")
            made.nodes.insert(self.random.randint(0, len(made.nodes)), note | {"commentParam": {"text": "{{nobody}}"}})
        self.fill_loops(made)
        self.random.shuffle(made.edges)
        return made

    def grow(self, made: Made, exits: list[tuple[Node, str]], before: list[Node], certain: list[Node]) -> list[tuple[Node, str]]:
        """One more node, behind one or two of the exits. Returns the exits that it opens."""
        kinds = PLAIN * 2 + BRANCHING * 2 + ("LOOP", "BATCH") * 2 + (("SET_INTERMEDIATE_VARIABLE",) * 4 if "LOOP" in made.around else ())
        node = self.add(made, self.random.choice(kinds), before)
        for _ in range(min(len(exits), self.random.choice([1, 1, 2]))):
            source, handle = exits.pop(self.random.randrange(len(exits)))
            self.connect(made, source, handle, node)
        if self.random.random() < 0.2:  # an exit may lead to several nodes
            source = self.random.choice(made.upstream[node["id"]][: len(made.nodes)])
            if source["type"] not in BRANCHING and any(source is each for each in made.nodes):
                self.connect(made, source, "out", node)
        self.finish(made, node, certain)
        handles = [branch["sourceHandle"] for branch in branches(node)] or ["out"]
        return [(node, handle) for handle in handles]

    def add(self, made: Made, kind: str, before: list[Node]) -> Node:
        node = self.node(kind)
        made.nodes.append(node)
        made.upstream[node["id"]] = list(before)
        return node

    def connect(self, made: Made, source: Node, handle: str, target: Node) -> Edge:
        ends = {"sourceNodeID": source["id"], "targetNodeID": target["id"], "sourceHandle": handle, "targetHandle": "in"}
        edge = {"id": self.fresh("edge"), **ends}
        made.edges.append(edge)
        known = made.upstream[target["id"]]
        known += [each for each in (*made.upstream[source["id"]], source) if not any(each is other for other in known)]
        return edge

    def finish(self, made: Made, node: Node, certain: list[Node]) -> None:
        """Inputs that read what has run before the node, its parameter object with texts that name them, and more that it reads."""
        entries = [(edge["sourceNodeID"], edge["sourceHandle"]) for edge in made.edges if edge["targetNodeID"] == node["id"]]
        taken = [any(run.get(source) == handle for source, handle in entries) for run in made.runs]
        with_node = [run for run, enters in zip(made.runs, taken, strict=True) if enters]
        always = set.intersection(*(set(run) for run in with_node))
        made.certain[node["id"]] = [*certain, *(each for each in made.upstream[node["id"]] if each["id"] in always)]
        readable = made.upstream[node["id"]] if node["type"] == "VARIABLE_AGGREGATE" else made.certain[node["id"]]
        for word in self.random.sample(WORDS, self.random.randint(0, 3)):
            node["inputs"].append(self.reading(word, readable))
        self.fill(node, [each["name"] for each in node["inputs"]])
        for _ in range(self.random.randint(0, 3)):
            put_anywhere(node, {"source": "NODE", "type": "STRING", "value": self.reference(readable)}, self.random)
        handles = [branch["sourceHandle"] for branch in branches(node)] or ["out"]
        others = [run for run, enters in zip(made.runs, taken, strict=True) if not enters]
        made.runs = others + [run | {node["id"]: handle} for run in with_node for handle in handles]

    def reference(self, readable: list[Node]) -> str:
        """To one of the outputs of one of these nodes."""
        origin = self.random.choice([each for each in readable if each["outputs"]])
        output = self.random.choice(origin["outputs"])
        return f"{origin['id']}#{origin['name']}#{output[self.random.choice(['id', 'name'])]}"

    def reading(self, word: str, readable: list[Node]) -> dict[str, Any]:
        source = self.random.choice(["DIRECT", "ENV", "GLOBAL", "NODE", "NODE", "NODE"]) if readable else "DIRECT"
        if source != "NODE":
            return {"name": word, "source": source, "value": "x"}
        return {"name": word, "source": source, "value": self.reference(readable)}

    def text(self, names: list[str]) -> str:
        named = [f"{{{{{self.random.choice(['', ' '])}{name}}}}}" for name in self.random.sample(names, min(len(names), 2))]
        return " and ".join(["Hello", *named])

    def fill(self, node: Node, names: list[str]) -> None:
        """The parameter object of the node's type."""
        make = getattr(self, f"_{node['type'].lower()}", None)
        if make:
            key, param = make(lambda: self.text(names))
            node[key] = param

    def fill_loops(self, made: Made) -> None:
        for node in made.of("LOOP", "BATCH"):
            path = (*made.place(node), "subWorkflow")
            before, certain = [*made.upstream[node["id"]], node], [*made.certain[node["id"]], node]
            size = self.random.choice([0, 1, 2]) if len(path) < 8 else 0
            inner = self.graph(path, (*made.around, node["type"]), before, certain, size)
            node["subWorkflow"] = inner.data
            if self.random.random() < 0.5:  # what a loop gives is read from inside
                source = {"source": "NODE", "value": self.reference([each for each in inner.nodes if each["type"] != "COMMENT"])}
                self.random.choice(node["outputs"]).update(source)

    def _end(self, text: Any) -> tuple[str, Any]:
        return "endParam", self.random.choice([{"outputType": "TEXT", "outputText": text()}, {"outputType": "JSON"}, {}, None])

    def _llm(self, text: Any) -> tuple[str, Any]:
        return "llmParam", {"modelId": "", "creativityLevel": self.random.choice([0, 1, 0.5]), "systemPrompt": text(), "userPrompt": text()}

    def _audio_llm(self, text: Any) -> tuple[str, Any]:
        return "audioLlmParam", {"voice": "alloy", "userPrompt": text()}

    def _intent(self, text: Any) -> tuple[str, Any]:
        intents = [{"sourceHandle": self.fresh("intent"), "value": word} for word in self.random.sample(WORDS, self.random.randint(1, 3))]
        return "intentParam", {"query": text(), "intents": intents}

    def _condition(self, text: Any) -> tuple[str, Any]:
        kinds = ["IF", *["ELSE_IF"] * self.random.randint(0, 2), "ELSE"]
        return "conditionParam", {"conditionBranches": [{"type": kind, "sourceHandle": self.fresh("branch"), "left": text()} for kind in kinds]}

    def _code(self, _: Any) -> tuple[str, Any]:
        return "codeParam", {"code": "f'{{not_a_name}}'", "language": self.random.choice(["PYTHON", "JS"])}

    def _http(self, text: Any) -> tuple[str, Any]:
        host = self.random.choice(["api.example.com", "8.8.8.8:443", "localhost.example.com", "user@example.org"])
        return "httpParam", {"timeout": 10, "request": {"method": "POST", "url": f"https://{host}/x", "body": text(), "headers": [{"a": "b"}]}}

    def _dataset(self, text: Any) -> tuple[str, Any]:
        return "datasetParam", {"query": text(), "docCorrelation": self.random.random(), "recall": {"embeddingRate": 1}}

    def _database(self, text: Any) -> tuple[str, Any]:
        return "databaseParam", {"sqlQuery": text(), "limit": 100}

    def _tool_api(self, _: Any) -> tuple[str, Any]:
        return "toolApiParam", {"toolId": "t", "toolApiId": "a", "headers": [], "queries": {}}

    def _file_parse(self, _: Any) -> tuple[str, Any]:
        return "fileParseParam", {"parseMode": self.random.choice(["DEFAULT", "HIGHLEVEL"])}

    def _text_process(self, text: Any) -> tuple[str, Any]:
        split = {"mode": "SPLIT", "splitTarget": text(), "delimiters": [","]}
        return "textProcessParam", self.random.choice([split, {"mode": "JOIN", "joinText": text()}])

    def _variable_aggregate(self, _: Any) -> tuple[str, Any]:
        kinds = self.random.choices(["STRING", "NUMBER", "ARRAY_OBJECT"], k=self.random.randint(1, 20))
        groups = [
            {
                "groupName": f"group_{index}",
                "groupType": kind,
                "variables": [{"name": self.word(), "source": "DIRECT", "type": kind, "value": "x"}] * self.random.randint(1, 10),
            }
            for index, kind in enumerate(kinds)
        ]
        return "variableAggregateParam", {"strategy": "FIRST_NON_NULL", "groups": groups}

    def _loop(self, _: Any) -> tuple[str, Any]:
        kinds: list[dict[str, Any]] = [
            {"loopType": "ARRAY_BASED", "inputArrays": [{"name": "rows"}]},
            {"loopType": "LIMITED_LOOP", "limitedLoopCount": 3},
        ]
        return "loopParam", self.random.choice(kinds) | {"intermediateVariables": [{"name": word} for word in self.random.sample(WORDS, 2)]}

    def _batch(self, _: Any) -> tuple[str, Any]:
        return "batchParam", {"inputArrays": [{"name": word} for word in self.random.sample(WORDS, 2)]}

    def _set_intermediate_variable(self, text: Any) -> tuple[str, Any]:
        return "setIntermediateVariableParam", {"assignments": [{"leftValue": self.word(), "rightValue": {"source": "DIRECT", "value": text()}}]}


def branches(node: Node) -> list[dict[str, Any]]:
    """The intents or branches of a node, as written."""
    param = node.get("intentParam") or node.get("conditionParam") or {}
    found: list[dict[str, Any]] = param.get("intents") or param.get("conditionBranches") or []
    return found


def laid_out(document: dict[str, Any]) -> tuple[str, dict[int, Place]]:
    """The document as JSON, and the path of what stands on each line: (), a node's or an edge's. Lines start at 1."""
    lines: list[str] = []
    places: dict[int, Place] = {}
    for text, place in _lines(document, ()):
        lines.append(text)
        places[len(lines)] = place
    return "\n".join(lines), places


def _lines(value: dict[str, Any], path: Place) -> Iterator[tuple[str, Place]]:
    """A mapping: all that holds no graph on its first line, then the graph."""
    key = next((each for each in ("workflow", "subWorkflow") if isinstance(value.get(each), dict)), "")
    rest = {each: value[each] for each in value if each != key}
    if not key:
        yield json.dumps(rest, ensure_ascii=False), path
        return
    yield (json.dumps(rest, ensure_ascii=False)[:-1] + ", " if rest else "{") + f'"{key}": {{', path
    comma = ""
    for name, listed in value[key].items():
        if not isinstance(listed, list):
            yield f"{comma}{json.dumps(name)}: {json.dumps(listed)}", path
            comma = ","
            continue
        yield f"{comma}{json.dumps(name)}: [", path
        for index, each in enumerate(listed):
            here = (*path, key, name, index)
            inner = list(_lines(each, here)) if isinstance(each, dict) else [(json.dumps(each), here)]
            inner[-1] = (inner[-1][0] + ("," if index < len(listed) - 1 else ""), inner[-1][1])
            yield from inner
        yield "]", path
        comma = ","
    yield "}}", path
