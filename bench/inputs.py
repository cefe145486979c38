"""What the benches run on: generated `.flow` graphs, workflow YAML with every construct, git repositories. The same for the same number.

A graph has 5 to 60 nodes (tests/support/flow_generator.py), most of them few; a file has 4.7 KB in the mean. A YAML holds every trigger, step,
reference and operator of docs/contracts/meingpt.md, and every way to write a value that YAML 1.2 has and the linter takes. `revision` changes
every file: texts, a number, and where a node is drawn.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))

from flow_generator import Generator  # noqa: E402 - after the path to it

MEAN_BYTES = 4700  # of a `.flow`
NODES = (5, 60)
LARGE_NODES = 40
SMALL_BYTES = 4300
SIZES = (3, 3, 4, 4, 5, 8, 14)  # what the generator is asked for: branches and loops add to it
GRAPHS = 1000  # different ones
TRIGGERS = (
    "trigger:\n  type: webhook\n  config:\n    method: POST\n    headers: {X-Source: 'crm'}\n",
    'trigger:\n  type: schedule\n  config:\n    cron: "*/15 8-18 * * MON-FRI"\n    timezone: Europe/Berlin\n',
    'trigger: {type: email, config: {address: "orders@example.com", subject_filter: "Order*"}}\n',
)
EXPRESSIONS = (
    "input.seats * 2 + 1", "input.total / 100 - 0.5", "input.seats % 2", "-input.seats", "'Dear ' + input.name", "input.rows.length",
    "input.rows[0].city", "input.vip ? 'yes' : 'no'", "input.name || 'friend'", "input.name && variables.limit", "!input.vip",
    "(input.seats + 1) * 3", "secrets.token", "env.REGION", "input.big == true ? 10.5 : null", "input.rows[input.seats - 1]['größe']",
)  # fmt: skip
CONDITIONS = (
    "{{input.seats}} > 50 && {{input.vip}}", "{{variables.limit}} <= {{input.seats}} || !{{input.vip}}", "({{input.total}} + 1) * 2 >= 7",
    "{{input.name}} != null", "{{input.rows.length}} < 3", "{{input.country}} == 'DE'",
)  # fmt: skip


def flow(number: int, revision: int = 0) -> str:
    """A `.flow` file. Revisions other than 0 change a text of every file, and the place of a node. There are a thousand graphs; from then on,
    the same ones have other names."""
    text, _ = _graph(number % GRAPHS)
    if not revision and number < GRAPHS:
        return text
    document: dict[str, Any] = json.loads(text)
    document["name"] += f" {number}"
    start, *_, last = document["workflow"]["workflowNodes"]
    start["x"] += revision
    last["desc"] = f"{last['desc']} {revision}"
    return json.dumps(document, ensure_ascii=False)


def flow_nodes(number: int) -> int:
    """How many nodes it has, those in loops included."""
    return _graph(number % GRAPHS)[1]


def _graph(number: int) -> tuple[str, int]:
    while len(_made) <= number:
        _made.append(next(_sequence))
    return _made[number]


def _graphs() -> Iterator[tuple[str, int]]:
    """Graphs and their nodes: each hundredth is a large one, and the others are as small as the mean then needs."""
    taken = total = 0
    for seed in count():
        is_large = taken % 100 == 0
        generator = Generator(f"bench {seed}", 40 if is_large else SIZES[seed % len(SIZES)])
        nodes = sum(len(graph.nodes) for graph in generator.graphs)
        text = json.dumps(generator.document, ensure_ascii=False)
        size = len(text.encode())
        fits = is_large or size < SMALL_BYTES or total + size <= MEAN_BYTES * (taken + 1)
        if (LARGE_NODES if is_large else NODES[0]) <= nodes <= NODES[1] and fits:
            taken += 1
            total += size
            yield text, nodes


_sequence = _graphs()
_made: list[tuple[str, int]] = []


def workflow(number: int, revision: int = 0) -> str:
    """A workflow YAML of about 4 KB."""
    random = Random(f"bench {number}")  # noqa: S311 - not for secrets
    head = f"""---
# Made for a bench.
name: "Workflow {number}"  # quoted: 12:30 and no are texts in YAML 1.2
description: >-
  Folded over
  two lines, revision {revision}: {random.choice(("größe", "件名", "ticket"))}.

{TRIGGERS[number % len(TRIGGERS)]}
steps:
"""
    steps = "".join(_steps(random, part, revision) for part in range(random.choice((1, 1, 1, 2, 2, 3))))
    if number % 10 == 0:  # a finding that is ignored, in each tenth file
        steps += IGNORED
    return f"{head}{steps}{VARIABLES}"


VARIABLES = """
variables:
  limit: 50
  ratio: -0.25
  large: 1e3
  nothing: ~
  on: no
  team: 'it''s sales'
  list: [one, "two", 3,
    {four: true}]
"""
IGNORED = """\
  - {id: ping, type: http, config: {method: GET, url: "https://crm.example.com"}}  # flowship: ignore http-timeout -- it answers at once
"""


def _steps(random: Random, part: int, revision: int) -> str:
    """One step of every type, in every layout; loops in loops; both branches of a condition."""
    one, two, three = (random.choice(EXPRESSIONS) for _ in range(3))
    anchor = f"&headers_{part}"
    return f"""\
  - id: write_{part}
    type: ai_completion
    name: Write the mail
    config:
      model: gpt-4
      prompt: |
        Write to {{{{input.name}}}} about {{{{input.rows[0].city}}}}, at most {{{{variables.limit}}}} words, draft {revision}.
        Mind: {{{{{one}}}}} and {{{{{two}}}}}.
      temperature: {random.choice(("0", "0.4", "1.5", "2"))}
      max_tokens: {random.randint(1, 4000)}

  - id: ask_{part}
    type: http
    name: "Ask\\tthe \\u0063rm"
    config:
      method: {random.choice(("POST", "PUT", "PATCH"))}
      url: https://crm.example.com/api/{{{{input.country}}}}/tasks
      timeout: 30
      headers: {anchor}
        Authorization: "Bearer {{{{secrets.crm_token}}}}"
        X-Region: '{{{{env.REGION}}}}'
      body:
        title: "Call {{{{input.company}}}}: {{{{write_{part}.output}}}}"
        tags: [new, 'large', "{{{{input.country}}}}"]
        nested: {{a: 1, b: [true, false, null], c: {{d: -1.5}}}}
        rows:
        - first
        - - inner
          - "{{{{input.seats}}}}"
  - {{id: read_{part}, type: http, config: {{method: GET, url: "https://crm.example.com/api", timeout: 1.5, headers: *headers_{part}}}}}

  - id: large_{part}
    type: condition
    config:
      condition: "{random.choice(CONDITIONS)}"
      true_branch: each_{part}
      false_branch: tell_{part}
  - id: each_{part}
    type: loop
    config:
      items: "{{{{input.users}}}}"
      steps:
        - id: invite_{part}
          type: email
          config: {{to: "{{{{item.email}}}}", subject: Welcome, body: "Hello {{{{item.name}}}}, {{{{{three}}}}}"}}
        - id: inner_{part}
          type: loop
          config:
            items: "{{{{item.friends}}}}"
            steps:
              - id: greet_{part}
                type: ai_completion
                config: {{model: gpt-4, prompt: "Greet {{{{item.name}}}}"}}
  - id: tell_{part}
    type: email
    name: >
      Tell
      the team
    config:
      to:
        - team@example.com
        - "{{{{variables.team}}}}@example.com"
      subject: 'Done: {{{{write_{part}.output.length}}}} characters'
      body: "{{{{ask_{part}.output.id}}}} {{{{read_{part}.output.items[0].name}}}}\\n"
"""


class Repository:
    """A git repository of `flows` GPTBots and `yamls` meinGPT workflows, all with one commit for each revision.

    Keys: a GPTBots workflow's is `W<number>`, meinGPT's is `MEINGPT`.
    """

    def __init__(self, root: Path, flows: int, yamls: int = 0) -> None:
        self.root, self.flows, self.yamls = root, flows, yamls
        for folder in ("flows", "workflows"):
            (root / folder).mkdir(parents=True)
        entries = [f"  w{number}: {{source: flows/w{number}.flow, key: W{number}}}\n" for number in range(flows)]
        entries += [f"  y{number}: {{source: workflows/y{number}.yaml, key: MEINGPT}}\n" for number in range(yamls)]
        (root / "flowship.yml").write_text("version: 1\nworkflows:\n" + "".join(entries))
        (root / ".gitignore").write_text(".flowship/\n")
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit(0)

    @property
    def head(self) -> str:
        """The commit's hash."""
        return (self.root / ".git/refs/heads/main").read_text().strip()

    def git(self, *arguments: str) -> None:
        author = ("-c", "user.name=Bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0")
        subprocess.run(["git", *author, *arguments], cwd=self.root, check=True, stdout=subprocess.DEVNULL)  # noqa: S607 - git of the PATH

    def commit(self, revision: int, each_flow: int = 1, each_yaml: int = 1) -> None:
        """A commit in which every file changed; or each so many-th of its kind."""
        for number in range(0, self.flows, each_flow):
            (self.root / f"flows/w{number}.flow").write_text(flow(number, revision), encoding="utf-8")
        for number in range(0, self.yamls, each_yaml):
            (self.root / f"workflows/y{number}.yaml").write_text(workflow(number, revision), encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"Revision {revision}")

    def keys(self, series: str) -> str:
        """Keys for the sandbox, as NAME=value lines; each series has targets of its own."""
        return "\n".join([f"MEINGPT=sandbox-{series}", *(f"W{number}=sandbox-workflow-{series}{number}" for number in range(self.flows))])

    def describe(self) -> str:
        """Sizes, for the output."""
        parts = []
        if self.flows:
            nodes = [flow_nodes(number) for number in range(self.flows)]
            parts.append(f"{self.flows} graphs of {min(nodes)} to {max(nodes)} nodes, {self._kilobytes('flows', '*.flow'):.1f} KB each in the mean")
        if self.yamls:
            parts.append(f"{self.yamls} YAML of {self._kilobytes('workflows', '*.yaml'):.1f} KB in the mean")
        return "; ".join(parts)

    def _kilobytes(self, folder: str, pattern: str) -> float:
        sizes = [path.stat().st_size for path in (self.root / folder).glob(pattern)]
        return sum(sizes) / len(sizes) / 1000
