"""The marker survives any message, in 200 characters, and only ours reads as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.model import marker

FINGERPRINT = "0123456789abcdef" * 4
COMMIT = "c0ffee1234567890c0ffee1234567890c0ffee12"


@given(st.text(max_size=400), st.sampled_from(["", COMMIT]))
def test_marker_is_read_back_from_its_description(message: str, commit: str) -> None:
    made = marker.new(FINGERPRINT)
    description = marker.describe(message, commit, made)
    assert len(description) <= marker.MAX_DESCRIPTION_CHARS
    read = marker.read(description)
    assert read is not None
    assert (read.fingerprint, read.attempt) == (made.fingerprint, made.attempt)
    assert read.marks(FINGERPRINT)
    if commit:
        assert read.commit == COMMIT[:7]


def test_description_has_message_commit_and_marker() -> None:
    made = marker.Marker(FINGERPRINT[:32], "deadbeef")
    assert marker.describe("Fix the tone", COMMIT, made) == f"Fix the tone c0ffee1 fs:{FINGERPRINT[:32]}.deadbeef"
    assert marker.describe("", "", made) == f"fs:{FINGERPRINT[:32]}.deadbeef"


def test_marker_inside_a_message_is_defused() -> None:
    forged = f"x fs:{'f' * 32}.ffffffff"
    description = marker.describe(forged, "", marker.new(FINGERPRINT))
    assert description.count("fs:") == 1


@pytest.mark.parametrize("text", ["", "by hand", f"fs:{'g' * 32}.deadbeef", f"fs:{'f' * 32}.deadbeef and more", f"xfs:{'f' * 32}.deadbeef"])
def test_other_text_is_no_marker(text: str) -> None:
    assert marker.read(text) is None


def test_each_attempt_has_a_new_marker() -> None:
    assert marker.new(FINGERPRINT).attempt != marker.new(FINGERPRINT).attempt
