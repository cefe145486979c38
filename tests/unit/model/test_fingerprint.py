"""Fingerprints: the same for the same definition, whatever its layout or export time."""

import json

from deployer.model import fingerprint
from deployer.model.workflow import Source


def test_layout_and_export_time_are_left_out() -> None:
    one = json.loads('{"a": 1, "b": {"c": "é", "d": []}, "exportTime": 1}')
    other = json.loads('{"b":{"d":[],"c":"\\u00e9"},"a":1,"exportTime":2}')
    assert fingerprint.of_definition(one) == fingerprint.of_definition(other)


def test_nested_export_time_counts() -> None:
    assert fingerprint.of_definition({"a": {"exportTime": 1}}) != fingerprint.of_definition({"a": {"exportTime": 2}})


def test_canonical_form_is_sorted_compact_utf8() -> None:
    assert fingerprint.canonical({"b": "é", "a": [1, None, True]}) == '{"a":[1,null,true],"b":"é"}'.encode()


def test_lone_surrogates_stay_different() -> None:
    assert fingerprint.of_definition({"a": "\ud800"}) != fingerprint.of_definition({"a": "\ud801"})


def test_fingerprint_of_an_opaque_file_is_that_of_its_bytes() -> None:
    source = Source("a.flow", "drafts", "workflow", b"\x00\x01", None)
    assert source.fingerprint == fingerprint.of_bytes(b"\x00\x01")


def test_hashes_match_when_one_is_the_beginning_of_the_other() -> None:
    whole = "ab" * 32
    assert fingerprint.same_hash(whole, whole[:32])
    assert fingerprint.same_hash(whole[:32], whole)
    assert not fingerprint.same_hash(whole, "cd" * 16)
    assert not fingerprint.same_hash(whole, "")
    assert not fingerprint.same_hash("", "")
