"""Shards as they are written in the input `shard`."""

import pytest

from deployer.model.shard import Shard, read


@pytest.mark.parametrize(("text", "shard"), [("2/5", Shard(2, 5)), (" 1 / 1 ", Shard(1, 1)), ("256/256", Shard(256, 256))])
def test_shard_is_read_and_written(text: str, shard: Shard) -> None:
    assert read(text) == shard
    assert read(str(shard)) == shard


@pytest.mark.parametrize("text", ["", "2", "0/5", "6/5", "1/0", "-1/5", "1/2/3", "a/b", "1000/1000", "٢/5"])
def test_other_text_is_no_shard(text: str) -> None:
    assert read(text) is None
