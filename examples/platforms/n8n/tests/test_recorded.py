"""The server in memory answers as a real one was recorded to do; and a real one, where it is installed, still does."""

import json

import n8n_conversation
from n8n_server import Server

RECORDED = {row["call"] + str(place): row for place, row in enumerate(json.loads(n8n_conversation.RECORDED.read_text()))}


def test_server_answers_as_recorded(n8n: Server) -> None:
    answered = {row["call"] + str(place): row for place, row in enumerate(n8n_conversation.hold(n8n))}
    assert list(answered) == list(RECORDED)
    for name, row in RECORDED.items():
        assert answered[name] == row
