"""Running a GPTBots Workflow for an eval suite."""

from typing import Any

from deployer.platforms.base import Run
from deployer.platforms.gptbots.client import GPTBots


class Invoke:
    """One Workflow. `waits`: the reply comes when the run is over; else it is asked for."""

    per_minute = 0

    def __init__(self, client: GPTBots, *, waits: bool) -> None:
        self._client = client
        self._waits = waits

    def start(self, given: Any) -> Run:
        return self._client.run(given, is_async=not self._waits)

    def result(self, run: Run) -> Run:
        return self._client.run_result(run.id)
