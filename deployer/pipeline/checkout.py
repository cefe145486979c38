"""The repository in the workspace: where its top is, and the run's paths relative to it."""

import os
from collections.abc import Callable

from deployer.config.settings import Settings
from deployer.formats.places import Places, is_within
from deployer.model.errors import FlowshipError, UsageError
from deployer.pipeline.context import RunContext
from deployer.pipeline.services import GithubConnection


def confirmed(places: Places, manifest: str, commit: str, open_github: Callable[[], GithubConnection | None]) -> Places:
    """The places with the top that the commit on GitHub shows, where no `.git` does (`actions/checkout` without git downloads an archive).

    The manifest's path there says which folder of the workspace is the top. Where GitHub cannot be asked, the guess stays.
    """
    tops = list(places.possible_tops(manifest))
    if not places.is_guess or len(tops) == 1 or not commit:
        return places
    path = os.path.join(places.top, places.manifest_from_top(manifest))
    try:
        github = open_github()
        if github is None:
            return places
        from deployer.github import commits

        for top in tops:
            if commits.read_file(github.api, commit, os.path.relpath(path, top).replace(os.sep, "/")) is not None:
                return places._replace(top=top, is_guess=False)
    except FlowshipError:
        pass
    return places


def settings_from_top(settings: Settings, places: Places) -> Settings:
    """The settings with the paths of definitions relative to the top. Reports to merge are no definitions: their paths stay."""
    selection = settings.selection
    files = selection.files if settings.mode == "report" else tuple(map(places.pattern_from_top, selection.files))
    return settings._replace(selection=selection._replace(manifest=places.manifest_from_top(selection.manifest), files=files))


def require_folder(context: RunContext) -> None:
    """Raises UsageError for a `root` that is no folder, or in the action a `root` or repository outside of the workspace, through a link too."""
    places, root = context.places, context.settings.selection.root
    if places is None:
        return
    real_workspace = os.path.realpath(places.workspace)
    if context.settings.in_action and is_within(places.top, places.workspace) and not is_within(os.path.realpath(places.top), real_workspace):
        message = "The repository of `manifest` lies outside of the workspace, through a symbolic link."
        raise UsageError(message, fix="Name a manifest in the workspace.", code="no-root")
    if root == ".":
        return
    if not os.path.isdir(places.folder):
        fix = "Write it relative to the workspace, and check out the repository before this step." if context.settings.in_action else "Correct it."
        raise UsageError(f"There is no folder {root}, which `root` names.", fix=fix, code="no-root")
    if context.settings.in_action and not is_within(os.path.realpath(places.folder), real_workspace):
        raise UsageError(f"`root` is {root}, which lies outside of the workspace.", fix="Write it relative to the workspace.", code="no-root")
