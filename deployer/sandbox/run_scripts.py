"""Scripted runs: what a target answers to one run after the other, by input and by the definition that runs."""

from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from deployer.sandbox.config_files import ConfigFields


class ScriptedAnswer(NamedTuple):
    """One scripted run. `duration` is what the platform reports (seconds), `wait` how long it really takes.

    `output` None means: echo the input. `refuse`: the call itself fails (GPTBots 50000, meinGPT EXECUTION_FAILED).
    """

    output: Any = None
    duration: float = 0.0
    wait: float = 0.0
    tokens: int = 0
    cost: float = 0.0
    status: str = ""
    refuse: str = ""


class RunScript(NamedTuple):
    """Answers in turn; `then` is what comes after the last one: echo, repeat (the last one) or cycle.

    `when`: scripts for some runs only, each counting its own runs; the first that matches answers.
    """

    answers: tuple[ScriptedAnswer, ...] = ()
    then: str = "echo"
    when: tuple["ConditionalScript", ...] = ()

    def select(self, run_input: str, definition: str) -> tuple[str, "RunScript"]:
        """The script for a run with that input (JSON) of that definition (text), and the name under which its runs are counted."""
        for index, conditional in enumerate(self.when):
            if fnmatchcase(run_input, conditional.input) and fnmatchcase(definition, conditional.definition):
                return f"when {index}", conditional.script
        return "", self

    def answer(self, index: int) -> ScriptedAnswer:
        """The answer of that run (from 0)."""
        if index < len(self.answers):
            return self.answers[index]
        if not self.answers or self.then == "echo":
            return ScriptedAnswer()
        return self.answers[-1 if self.then == "repeat" else index % len(self.answers)]


class ConditionalScript(NamedTuple):
    """Patterns (`*` is any text) for a run's input and for the definition that runs, and the script for such runs."""

    input: str
    definition: str
    script: RunScript


ECHO = RunScript()


def read_script(data: Any, where: str) -> RunScript:
    """A script of the targets file. Raises SandboxConfigError."""
    fields = ConfigFields(data, where, ("answers", "then", "when"))
    return _read_answers(fields)._replace(when=tuple(_read_conditional(*item) for item in fields.items("when")))


def _read_conditional(data: Any, where: str) -> ConditionalScript:
    fields = ConfigFields(data, where, ("input", "definition", "answers", "then"))
    return ConditionalScript(fields.text("input", "*"), fields.text("definition", "*"), _read_answers(fields))


def _read_answers(fields: ConfigFields) -> RunScript:
    answers = tuple(answer for item in fields.items("answers") for answer in _read_answer(*item))
    return RunScript(answers, fields.choice("then", ("echo", "repeat", "cycle"), "echo"))


def _read_answer(data: Any, where: str) -> tuple[ScriptedAnswer, ...]:
    """One answer, repeated as often as its `times`."""
    fields = ConfigFields(data, where, ("output", "duration", "wait", "tokens", "cost", "status", "refuse", "times"))
    duration = fields.number("duration") or 0.0
    wait = fields.number("wait", duration) or 0.0
    tokens, cost = fields.whole("tokens") or 0, fields.number("cost") or 0.0
    answer = ScriptedAnswer(fields.data.get("output"), duration, wait, tokens, cost, fields.text("status"), fields.text("refuse"))
    return (answer,) * (fields.whole("times", minimum=1) or 1)
