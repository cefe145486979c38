"""Running an n8n workflow for an eval suite, by its webhook; and the executions of its log."""

from collections.abc import Mapping
from typing import Any

from deployer.platforms.api import FlowshipError, PlatformError, Run, Secret, mapping, rows
from flowship_n8n.client import N8n
from flowship_n8n.nodes import ANSWERING, text, webhook_of

NO_WEBHOOK = "Give it a Webhook node that responds when the last node finishes, or with a Respond to Webhook node."


class WebhookCaller:
    """Calls the webhook of what is live. The answer comes when the execution is over."""

    per_minute = 0

    def __init__(self, client: N8n, id_: str, secret: Secret | None) -> None:
        self._client = client
        self._id = id_
        self._secret = secret
        self._webhook: Mapping[str, Any] = {}

    def start(self, given: Any) -> Run:
        webhook = self._webhook = self._webhook or self._answering_webhook()
        method = text(webhook.get("httpMethod")) or "GET"
        try:
            output = self._client.call_webhook(method, text(webhook.get("path")), given, self._secret)
        except PlatformError as error:
            if error.status == 500:  # the execution failed
                return Run("", "error", finished=True, succeeded=False, output=error.message)
            raise
        return Run("", "success", finished=True, succeeded=True, output=output)

    def result(self, run: Run) -> Run:
        return run

    def _answering_webhook(self) -> Mapping[str, Any]:
        workflow = self._client.workflow(self._id)
        webhook = webhook_of(mapping(workflow.get("activeVersion")) or workflow)
        if webhook is None or webhook.get("responseMode") not in ANSWERING:
            raise FlowshipError("No webhook of the workflow answers with a result.", fix=NO_WEBHOOK, code="NO_WEBHOOK")
        return webhook


def logged(execution: Mapping[str, Any]) -> dict[str, Any]:
    """An execution as a row of a log: what it was started with, and what its last node gave."""
    result = mapping(mapping(execution.get("data")).get("resultData"))
    runs = mapping(result.get("runData"))
    first, last = next(iter(runs.values()), None), runs.get(text(result.get("lastNodeExecuted")))
    given = _output(first)
    return {
        "log_id": str(execution.get("id", "")),
        "status": "SUCCEED" if execution.get("status") == "success" else "FAILED",
        "input": given["body"] if isinstance(given, dict) and "body" in given else given,
        "output": _output(last),
    }


def _output(node_runs: Any) -> Any:
    """The JSON of the first item that a node's first run gave to its first output; None where there is none."""
    main = next(iter(rows(node_runs)), {}).get("data")
    outputs = mapping(main).get("main")
    items = outputs[0] if isinstance(outputs, list) and outputs else None
    return next((row.get("json") for row in rows(items)), None)
