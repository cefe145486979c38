"""A difference: all new, layout only, or unknown."""

from deployer.model.difference import Difference, PartDifference

MOVED = PartDifference("node", "n", "N", "LLM", "moved")
CHANGED = MOVED._replace(change="changed")


def test_without_an_earlier_definition_all_is_new_unless_it_is_unknown() -> None:
    assert (Difference().all_new, Difference("commit 1a2b3c4").all_new, Difference(known=False).all_new) == (True, False, False)


def test_layout_only_when_every_part_just_moved() -> None:
    assert [Difference("x", parts).layout_only for parts in ((MOVED,), (MOVED, CHANGED), (CHANGED,), ())] == [True, False, False, False]
