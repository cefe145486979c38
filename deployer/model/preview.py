"""A preview: what a pull request makes of a workflow where it harms nobody."""

from typing import NamedTuple


class Preview(NamedTuple):
    """What makes a change part of a pull request's preview.

    `note` is written beside it on the platform, and it is found by that again. `place` is where it is to be: the copy's name (meinGPT), or
    the name of the key whose Workflow it has (GPTBots). `reduced` says why the preview is less than the workflow, "" when it is not.
    `over`: it is given back, since the pull request was closed.
    """

    pull_request: int
    lease_tag: str = ""
    location: str = ""
    limitations: str = ""
    ended: bool = False


def environment_of(number: int) -> str:
    """What a pull request's preview is called on GitHub's pages."""
    return f"preview #{number}"
