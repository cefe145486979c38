"""Slow assertions, judged in a process of their own that can be killed: a thread that is inside an engine can not, and holds up all others.

The process gets the expectations and the answer, no key, and 10 seconds. It takes about 60 ms to start, where an answer takes a second or
more to come; so each answer gets a new one, and only answers whose case has such an assertion.
"""

import json
import os
import sys
from collections.abc import Mapping
from math import ceil
from typing import Any

import deployer
from deployer.evals.slow_assertions import SLOW
from deployer.model.child_environment import child_environment
from deployer.model.evals import Answer, Miss

JUDGE_S = 10.0
MAX_MEMORY_BYTES = 512 * 1024 * 1024
MAX_TEXT_CHARS = 20_000  # of each text that comes back: more than is read of it
_KILLED = "none: the process that checks it was ended, as a rule for want of memory"
_BUG = "none: a bug in Flowship, please report it"
_PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from deployer.evals.judge import serve; serve()"


def find_slow_misses(expect: Mapping[str, Any], answer: Answer, seconds: float) -> tuple[Miss, ...]:
    """The misses of those expectations that are in SLOW. One that is not judged within `seconds`, and 10, or within 512 MiB, is missed, and so are
    those after it."""
    expectations = {name: expect[name] for name in SLOW if name in expect}
    if not expectations:
        return ()
    given = {"expect": expectations, "output": answer.output, "status": answer.status, "seconds": min(JUDGE_S, seconds)}
    judged, why = _run(json.dumps(given).encode(), given["seconds"])
    misses = [Miss(name, *texts) for name in judged for texts in judged[name]]
    return (*misses, *(Miss(name, "a verdict", why) for name in expectations if name not in judged))


def _run(given: bytes, seconds: float) -> tuple[dict[str, list[list[str]]], str]:
    """The texts of the misses by expectation, as far as the process came, and why it came no further."""
    import subprocess

    here = os.path.dirname(os.path.dirname(os.path.abspath(deployer.__file__)))
    command = [sys.executable, "-I", "-S", "-B", "-c", _PROGRAM, here, *sys.path]
    try:
        ended = subprocess.run(  # noqa: S603 - fixed words, no shell
            command, input=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=seconds, env=child_environment(os.environ), check=False
        )
        written, why = ended.stdout, _BUG if ended.returncode == 1 else _KILLED
    except subprocess.TimeoutExpired as late:
        written, why = late.stdout or b"", f"none within {seconds:.3g} s"
    except OSError as error:
        written, why = b"", f"none: the process that checks it could not be started ({error.strerror or error})"
    *lines, _torn = written.split(b"\n")
    return dict(json.loads(line) for line in lines), why


def serve() -> None:
    """What the process runs: the request from its input, a line with the misses of each expectation to its output."""
    request = json.loads(sys.stdin.buffer.read())
    _limit(ceil(request["seconds"]) + 1)
    answer = Answer(request["output"], request["status"])
    for name, expected in request["expect"].items():
        try:
            misses = [[text[:MAX_TEXT_CHARS] for text in miss[1:]] for miss in SLOW[name](expected, answer)]
        except MemoryError:
            os.abort()  # as the engines end that are not written in Python
        sys.stdout.write(json.dumps([name, misses]) + "\n")
        sys.stdout.flush()


def _limit(seconds: int) -> None:
    """End with the memory, and some time after a run that was killed itself. Not every system has these limits."""
    import resource
    from contextlib import suppress

    for kind, most in ((resource.RLIMIT_AS, MAX_MEMORY_BYTES), (resource.RLIMIT_CPU, seconds)):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
