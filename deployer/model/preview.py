"""A preview: a pull request's version of a workflow, deployed to a preview target."""

from typing import NamedTuple


class Preview(NamedTuple):
    """Marks a change as part of a pull request's preview.

    `lease_tag` is written into the description on the platform, by which the preview is found later. `location`: the copy's name, or the name
    of the slot's key. `limitations`: why the preview does less than the workflow, else "". `ended`: the preview is deleted or its slot freed.
    """

    pull_request: int
    lease_tag: str = ""
    location: str = ""
    limitations: str = ""
    ended: bool = False


def environment_of(number: int) -> str:
    """What a pull request's preview is called on GitHub's pages."""
    return f"preview #{number}"
