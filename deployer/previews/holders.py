"""Who holds a preview, as it is marked on the platform: by the repository's id, so that renaming the repository loses none.

Without an id (outside GitHub's own runners), and in earlier versions, a mark was made of the repository's name, or also of the manifest's path:
those count as well.
"""

from collections.abc import Iterator

from deployer.manifest.model import Manifest
from deployer.model import lease
from deployer.model.lease import LeaseHolder
from deployer.pipeline.context import RunContext
from deployer.pipeline.project import owner_of


def repositories(context: RunContext) -> frozenset[str]:
    """This repository, as the holders of its previews name it."""
    event = context.event
    return frozenset(lease.of_repository(name) for name in (event.repository_id, event.repository) if name)


def holders(context: RunContext, manifest: Manifest, workflow: str, number: int) -> tuple[LeaseHolder, ...]:
    """The holder for a pull request and one workflow, then those that an earlier mark may name."""
    return tuple(dict.fromkeys(lease.holder(number, repository, about, workflow) for repository, about in _marks(context, manifest)))


def holders_for_release(context: RunContext, manifest: Manifest, environment: str, workflow: str) -> tuple[LeaseHolder, ...]:
    """The same for the evals before a release to one environment."""
    marks = _marks(context, manifest)
    return tuple(dict.fromkeys(lease.holder_for_release(repository, about, environment, workflow) for repository, about in marks))


def _marks(context: RunContext, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """The repository, and what stands for the manifest."""
    event, project = context.event, owner_of(context.root, manifest.path, manifest.project).project
    yield event.repository_id or event.repository, project
    yield event.repository, project
    yield event.repository, manifest.path
