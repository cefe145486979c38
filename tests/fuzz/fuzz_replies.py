"""What the program makes of replies that a fuzzer finds: a value, or an error of the platform, and nothing else. `make fuzz` runs it for a minute.

The first byte chooses the call, of either platform or of GitHub, the second an HTTP status; the rest is the body. The state's events come in
that way too. An exception, five seconds, or a gigabyte ends the run with a code other than 0 and leaves the input in a file.

Usage: fuzz_replies.py FOLDER [SECONDS]: the corpus grows in FOLDER/replies, what fails is put into FOLDER. fuzz_replies.py FOLDER FILE runs one
input again.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import atheris

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/support")]

with atheris.instrument_imports(include=["deployer"]):
    from odd_replies import ODD_LEAVES
    from reply_calls import GITHUB, GPTBOTS, KEY, MEINGPT, github_answering, platform_answering

    from deployer.model.errors import PlatformError
    from deployer.platforms.gptbots.client import GPTBots
    from deployer.platforms.meingpt.client import MeinGPT

STATUSES = (200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 422, 429, 500, 503)
Send = Callable[[bytes, int], Any]


def calls() -> Iterator[tuple[Send, Any]]:
    """How to make each call with that reply, and a good one."""
    for flow_call, good in GPTBOTS.values():
        yield partial(send_to_gptbots, flow_call), good
    for workflow_call, good in MEINGPT.values():
        yield partial(send_to_meingpt, workflow_call), good
    for github_call, good in GITHUB.values():
        yield partial(send_to_github, github_call), good


def send_to_gptbots(call: Callable[[Any], Any], content: bytes, status: int) -> Any:
    return call(GPTBots(platform_answering("gptbots", content, status), KEY))


def send_to_meingpt(call: Callable[[Any], Any], content: bytes, status: int) -> Any:
    return call(MeinGPT(platform_answering("meingpt", content, status), KEY))


def send_to_github(call: Callable[[Any], Any], content: bytes, status: int) -> Any:
    return call(github_answering(content, status))


CALLS = tuple(calls())


def fields(value: Any) -> Any:
    return {name: getattr(value, name) for name in getattr(value, "__slots__", ())}


def try_one(data: bytes) -> None:
    if len(data) < 2:
        return
    send, _ = CALLS[data[0] % len(CALLS)]
    with suppress(PlatformError):
        json.dumps(send(data[2:], STATUSES[data[1] % len(STATUSES)]), default=fields, allow_nan=False, ensure_ascii=False).encode()


def seeds() -> Iterator[bytes]:
    """Each call's good reply, and the odd values."""
    for number, (_, good) in enumerate(CALLS):
        for status in (0, 6):
            yield bytes([number, status]) + json.dumps(good).encode()
    for leaf in ODD_LEAVES:
        yield b"\x00\x00" + json.dumps({"code": 0, "data": leaf}).encode()


def main() -> None:
    folder = Path(sys.argv[1])
    corpus = folder / "replies"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (corpus / f"seed-{number:04}").write_bytes(seed)
    last = sys.argv[2] if len(sys.argv) > 2 else "60"
    options = ["-timeout=5", "-rss_limit_mb=1024", "-max_len=20000", "-print_final_stats=1", f"-artifact_prefix={folder}/"]
    options += [f"-max_total_time={last}", str(corpus)] if last.isdigit() else [last]
    atheris.Setup([sys.argv[0], *options], try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
