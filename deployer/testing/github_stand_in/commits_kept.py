"""Commits, branches, tags and files of the stand-in."""

import base64
from typing import Any

from deployer.testing.github_stand_in.exchange import Asked, JobToken, Refused, blob_hash, route
from deployer.testing.github_stand_in.stand_in import StandInBase


class KeptCommits(StandInBase):
    """What git holds."""

    @route("GET", "")
    def get_repository(self, asked: Asked, token: JobToken) -> tuple[Any, ...]:
        return 200, {"id": 1, "name": self.repository.partition("/")[2], "full_name": self.repository, "default_branch": self.default_branch}

    @route("GET", "/commits")
    def list_commits(self, asked: Asked, token: JobToken) -> tuple[Any, ...]:
        tip = self._resolve(asked.query.get("sha", self.default_branch))
        if tip is None:
            raise Refused(404, "Not Found")
        return self._page(asked, [self._commit(sha) for sha in self._below(tip)])

    @route("GET", "/commits/{ref}")
    def get_commit(self, asked: Asked, token: JobToken, ref: str) -> tuple[Any, ...]:
        sha = self._resolve(ref)
        if sha is None:
            raise Refused(422, f"No commit found for SHA: {ref}")
        return 200, self._commit(sha)

    @route("GET", "/commits/tags/{ref}")
    def get_tagged_commit(self, asked: Asked, token: JobToken, ref: str) -> tuple[Any, ...]:
        if ref not in self.tags:
            raise Refused(422, f"No commit found for SHA: tags/{ref}")
        return 200, self._commit(self.tags[ref])

    @route("GET", "/contents/")
    def get_top_folder(self, asked: Asked, token: JobToken) -> tuple[Any, ...]:
        answer: tuple[Any, ...] = self.get_contents(asked, token, "")
        return answer

    @route("GET", "/contents/{path*}")
    def get_contents(self, asked: Asked, token: JobToken, path: str) -> tuple[Any, ...]:
        sha = self._resolve(asked.query.get("ref", self.default_branch))
        files = self.files.get(sha or "", {})
        folder = f"{path}/" if path else ""
        inside = {each.removeprefix(folder).partition("/")[0]: each for each in sorted(files) if each.startswith(folder)}
        if inside and path not in files:
            return 200, [
                {"type": "file", "name": name, "path": each, "sha": blob_hash(files[each]), "size": len(files[each])}
                if each == folder + name
                else {"type": "dir", "name": name, "path": folder + name, "sha": "0" * 40, "size": 0}
                for name, each in inside.items()
            ]
        if path not in files:
            raise Refused(404, "Not Found")
        small = len(files[path]) <= 1024 * 1024
        content = base64.encodebytes(files[path]).decode() if small else ""
        return 200, {"type": "file", "path": path, "sha": blob_hash(files[path]), "encoding": "base64" if small else "none", "content": content}

    @route("GET", "/git/blobs/{sha}")
    def get_blob(self, asked: Asked, token: JobToken, sha: str) -> tuple[Any, ...]:
        every = (content for files in self.files.values() for content in files.values())
        content = next((each for each in every if blob_hash(each) == sha), None)
        if content is None:
            raise Refused(404, "Not Found")
        return 200, {"sha": sha, "encoding": "base64", "content": base64.b64encode(content).decode()}

    @route("GET", "/branches")
    def list_branches(self, asked: Asked, token: JobToken) -> tuple[Any, ...]:
        return self._page(asked, [{"name": name, "commit": {"sha": sha}, "protected": False} for name, sha in sorted(self.branches.items())])

    @route("GET", "/tags")
    def list_tags(self, asked: Asked, token: JobToken) -> tuple[Any, ...]:
        return self._page(asked, [{"name": name, "commit": {"sha": sha}} for name, sha in sorted(self.tags.items())])

    @route("GET", "/compare/{basehead}")
    def compare(self, asked: Asked, token: JobToken, basehead: str) -> tuple[Any, ...]:
        base, _, head = basehead.partition("...")
        one, other = self._resolve(base), self._resolve(head)
        if one is None or other is None:
            raise Refused(404, "Not Found")
        ahead, behind = set(self._below(other)) - set(self._below(one)), set(self._below(one)) - set(self._below(other))
        status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
        commits = [self._commit(sha) for sha in sorted(ahead)]
        return 200, {
            "status": status,
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "commits": commits[:1],
            "files": self._changed(one, other)[:300],
        }

    def _changed(self, base: str, head: str) -> list[dict[str, str]]:
        """What differs since the two parted; every commit's files are whole."""
        shared = next((sha for sha in self._below(head) if sha in self._below(base)), base)
        before, after = self.files.get(shared, {}), self.files.get(head, {})
        kinds = {(True, True): "modified", (True, False): "removed", (False, True): "added"}
        return [
            {"filename": path, "status": kinds[path in before, path in after]}
            for path in sorted({*before, *after})
            if before.get(path) != after.get(path)
        ]
