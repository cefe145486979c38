"""Any data survives being written as YAML and read again, and the text is readable."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deployer.formats.yaml import text as yaml_text
from deployer.formats.yaml import write
from deployer.model.fingerprint import canonical

# Letters, and what is a sign somewhere in YAML or JSON; nothing that no YAML can hold.
NASTY = "ab \t\n\r\x00\x07\x7f\x85\xa0\u2028\u200b\u200d\ufeffüñ工🚀:#-?,[]{}&*!|>'\"%@`\\~=<.0123x"
TEXTS = st.one_of(st.text(NASTY), st.text(st.characters(exclude_categories=["Cs"])))
SCALARS = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))
DATA = st.dictionaries(TEXTS, st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner), st.dictionaries(TEXTS, inner)), max_leaves=12))


def read_back(text: str) -> Any:
    text.encode("utf-8")
    data, diagnostics = yaml_text.parse(text)
    assert diagnostics == (), text
    return data


@settings(max_examples=120, deadline=None)
@given(DATA)
@example({"a": "yes", "b": "12:30", "c": "2024-01-15", "d": "0x1F", "e": "~", "f": "null", "g": "1e3", "h": ".inf", "i": "", "j": "=", "<<": "<<"})
@example({"a": " leading", "b": "trailing ", "c": "\ttab", "d": "- dash", "e": "a: b", "f": "a #b", "g": "a:", "h": "---", "i": "...", "j": "@"})
@example({"a": "\n", "b": "\n\n", "c": "x\n", "d": "x\n\n\n", "e": "\nx", "f": "\n  x\ny", "g": "  x\ny", "h": "x  \n\n  y\t\n ", "i": "\n \n"})
@example({"a": "x\r\ny\r\n", "b": " x\r\n y\\n\r\n", "c": "\x07\n \n", "d": "x\u2028\n y", "e": "\t\n\tx", "f": "x\n\ty", "g": '"\n\\'})
@example({"a": "{{ input.name }}", "b": "{{step.output}} == 'high'", "c": '{{ "a" + "b" }}', "d": "it's", "e": "C:\\x", "f": 'say "hi"'})
@example({"a": [[], {}, [[1], [{"b": "x\ny"}, "p\nq\n"]]], "b": {"c": {"d": {}}}, "e": [{"f": [{"g": None}]}, "- x"]})
@example({"k" * 2000: {"v" * 2000: ["w" * 100_000, {"x " * 2000: " y\nz"}]}, "a\nb": 1, "": 2, " ": 3, "true": 4, "1": 5, "{": 6})
@example({"a": -0.0, "b": 1e-07, "c": 1e22, "d": 10**40, "e": 1, "f": 1.0, "g": True, "h": "1", "i": "1.0", "j": "True"})
def test_dumped_data_parses_back_the_same(data: dict[str, Any]) -> None:
    assert canonical(read_back(write.dump(data))) == canonical(data)


def test_dump_is_readable_yaml() -> None:
    prompt = "You answer {{input.name}}:\n\n  - kindly\n  - in one sentence  \n"
    steps = [{"id": "greet", "type": "ai_completion", "config": {"model": "gpt-4", "prompt": prompt, "temperature": 0.7}}]
    assert write.dump({"name": "Greeting", "description": "Don't say no.", "trigger": {"type": "webhook"}, "steps": steps, "off": "no"}) == (
        "name: Greeting\n"
        "description: Don't say no.\n"
        "trigger:\n"
        "  type: webhook\n"
        "steps:\n"
        "  - id: greet\n"
        "    type: ai_completion\n"
        "    config:\n"
        "      model: gpt-4\n"
        "      prompt: |\n"
        "        You answer {{input.name}}:\n"
        "\n"
        "          - kindly\n"
        "          - in one sentence  \n"
        "      temperature: 0.7\n"
        '"off": "no"\n'
    )


def test_dump_keeps_lines_that_a_block_cannot_hold() -> None:
    assert write.dump({"body": "Dear {{input.name}},\r\n  hello\r\n"}) == 'body: "Dear {{input.name}},\\r\\n\\\n  \\  hello\\r\\n\\\n  "\n'


@pytest.mark.parametrize("data", [{"a": "\ud800"}, {"a": "x\n\udfff"}, {"\ud800": 1}, {"a": float("nan")}, {"a": [float("-inf")]}])
def test_dump_refuses_what_yaml_cannot_hold(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="it holds"):
        write.dump(data)


def test_dump_refuses_nesting_deeper_than_the_reader_accepts() -> None:
    def nested(levels: int) -> Any:
        return json.loads('{"a":' * levels + "1" + "}" * levels)

    assert read_back(write.dump(nested(200))) == nested(200)
    with pytest.raises(ValueError, match="nested"):
        write.dump(nested(201))
    deep: Any = 1
    for _ in range(50_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested"):
        write.dump({"a": deep})


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(TEXTS, st.dictionaries(TEXTS, TEXTS)))
def test_inline_data_parses_back_the_same(data: dict[str, Any]) -> None:
    assert read_back(f"a: {write.dump_inline(data)}\n") == {"a": data}
