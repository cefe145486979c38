import pytest

from deployer.lint.rule import Document, mismatch, once_per_document
from deployer.model.workflow import Source


def document() -> Document:
    return Document(Source("a.yaml", "meingpt", "workflow", b"\xef\xbb\xbfname: a\n", {"name": "a"}))


def test_derived_value_is_computed_once_for_each_document() -> None:
    calls: list[Document] = []

    @once_per_document
    def derive(given: Document) -> int:
        calls.append(given)
        return len(calls)

    first, second = document(), document()
    assert [derive(first), derive(first), derive(second), derive(first)] == [1, 1, 2, 1]


def test_two_derived_values_do_not_mix() -> None:
    given = document()
    assert (once_per_document(lambda _: "a")(given), once_per_document(lambda _: "b")(given)) == ("a", "b")


@pytest.mark.parametrize(
    ("platform", "kind", "form"), [("meingpt", "workflow", "meingpt"), ("gptbots", "agent", "bot"), ("gptbots", "workflow", "flow")]
)
def test_format_of_a_document(platform: str, kind: str, form: str) -> None:
    source = Source("a", platform, kind, b"", {})  # type: ignore[arg-type]
    assert (Document(source).format, Document(source).language) == (form, "yaml" if form == "meingpt" else "json")


def test_text_has_no_byte_order_mark() -> None:
    assert document().text == "name: a\n"


@pytest.mark.parametrize(("value", "words"), [(None, "nothing"), ([], "a list"), ({}, "a mapping"), (True, "true or false"), ("", "empty text")])
def test_mismatch_names_both_types(value: object, words: str) -> None:
    assert mismatch("`a`", "a number", value) == f"`a`: expected a number, got {words}."
