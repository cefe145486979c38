"""Scripted runs: what a target answers, in turn, by input and by the definition that runs."""

from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from deployer.sandbox.config import Fields


class Answer(NamedTuple):
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


class Script(NamedTuple):
    """Answers in turn; `then` says what comes after the last one: echo, repeat (the last again) or cycle.

    `when`: scripts for some runs only, each with its own turns; the first that fits answers.
    """

    answers: tuple[Answer, ...] = ()
    then: str = "echo"
    when: tuple["When", ...] = ()

    def of(self, given: str, definition: str) -> tuple[str, "Script"]:
        """The script for a run with that input (JSON) of that definition (text), and a name by which its turns are counted."""
        for place, each in enumerate(self.when):
            if fnmatchcase(given, each.input) and fnmatchcase(definition, each.definition):
                return f"when {place}", each.script
        return "", self

    def answer(self, turn: int) -> Answer:
        """The answer of run number `turn` (from 0)."""
        if turn < len(self.answers):
            return self.answers[turn]
        if not self.answers or self.then == "echo":
            return Answer()
        return self.answers[-1 if self.then == "repeat" else turn % len(self.answers)]


class When(NamedTuple):
    """Patterns (`*` is any text) for a run's input and for the definition that runs, and the script for such runs."""

    input: str
    definition: str
    script: Script


ECHO = Script()


def read(data: Any, where: str) -> Script:
    fields = Fields(data, where, ("answers", "then", "when"))
    whens = tuple(_when(each, f"{where}.when[{i}]") for i, each in enumerate(fields.items("when")))
    return _answers(fields)._replace(when=whens)


def _when(data: Any, where: str) -> When:
    fields = Fields(data, where, ("input", "definition", "answers", "then"))
    return When(fields.text("input", "*"), fields.text("definition", "*"), _answers(fields))


def _answers(fields: Fields) -> Script:
    listed = (_answer(each, f"{fields.where}.answers[{i}]") for i, each in enumerate(fields.items("answers")))
    return Script(tuple(each for several in listed for each in several), fields.choice("then", ("echo", "repeat", "cycle"), "echo"))


def _answer(data: Any, where: str) -> tuple[Answer, ...]:
    """One answer, as often in turn as `times` says."""
    fields = Fields(data, where, ("output", "duration", "wait", "tokens", "cost", "status", "refuse", "times"))
    duration = fields.number("duration", 0.0) or 0.0
    wait = fields.number("wait", duration)
    answer = Answer(
        fields.data.get("output"), duration, duration if wait is None else wait, fields.whole("tokens", 0) or 0,
        fields.number("cost", 0.0) or 0.0, fields.text("status"), fields.text("refuse"),
    )  # fmt: skip
    return (answer,) * (fields.whole("times", 1, 1) or 1)
