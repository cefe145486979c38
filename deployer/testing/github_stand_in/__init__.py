"""A stand-in for GitHub's REST API (and a bit of GraphQL): one repository, in memory, over real HTTP.

    with running(GitHub()) as hub:
        hub.url, hub.token("write-all")

Replies have the shape of GitHub's published OpenAPI description, as far as anybody here reads them. A route is a method with a
`@route`; to grow it, add one. What a test can set: commits and refs, tokens with permissions that can be deleted one by one,
limits, and faults (`Fault`). `requests` tells what was asked.
"""

from deployer.testing.github_stand_in.commits_kept import KeptCommits
from deployer.testing.github_stand_in.deployments_kept import KeptDeployments
from deployer.testing.github_stand_in.exchange import BOT, LIMIT, Asked, Fault, HubReply, JobToken, Refused, blob_hash, route
from deployer.testing.github_stand_in.over_http import running
from deployer.testing.github_stand_in.pulls_kept import KeptPulls

__all__ = ["BOT", "LIMIT", "Asked", "Fault", "GitHub", "HubReply", "JobToken", "Refused", "blob_hash", "route", "running"]


class GitHub(KeptCommits, KeptDeployments, KeptPulls):
    """One repository, with what runs, people and git leave there."""
