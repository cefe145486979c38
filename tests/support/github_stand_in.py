"""The stand-in for GitHub that comes with Flowship (`deployer.testing.github_stand_in`), held to GitHub's own description of its API where
FLOWSHIP_OPENAPI names that.

As a process: `python tests/support/github_stand_in.py --host 0.0.0.0 --port 8788 --repository acme/flows --token T` prints its address.
"""

import argparse
import os
import sys
import threading
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))  # also a Python that Flowship is not installed in can use it

from deployer.testing import github_stand_in
from deployer.testing.github_stand_in import BOT, LIMIT, Asked, Fault, HubReply, JobToken, Refused, blob_hash, route, running

__all__ = ["BOT", "LIMIT", "Asked", "Fault", "GitHub", "HubReply", "JobToken", "Refused", "blob_hash", "route", "running"]


class GitHub(github_stand_in.GitHub):
    """One repository, which refuses what GitHub does not describe."""

    def complaints_about(self, asked: Asked) -> list[str]:
        description = os.environ.get("FLOWSHIP_OPENAPI")
        if not description or not asked.path.startswith(f"/repos/{self.repository}"):
            return []
        import github_description

        return github_description.read(description).complaints(asked.method, asked.path, asked.query, asked.body)


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for GitHub's API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8788)
    parser.add_argument("--repository", default="acme/flows")
    parser.add_argument("--token", default="stand-in-token")
    parser.add_argument("--commit", action="append", default=[], help="on main, oldest first")
    asked = parser.parse_args()
    hub = GitHub(asked.repository)
    hub.tokens = {asked.token: JobToken()}
    for sha in asked.commit:
        hub.commit(sha)
    with running(hub, asked.host, asked.port):
        print(hub.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
