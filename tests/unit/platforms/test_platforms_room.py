"""The room from outside: what it lists, and what importing it costs."""

import subprocess
import sys

from deployer.platforms.gptbots.adapter import Gptbots
from deployer.platforms.meingpt.adapter import Meingpt
from deployer.platforms.registry import PLATFORMS


def test_the_list() -> None:
    assert {name: type(platform) for name, platform in PLATFORMS.items()} == {"gptbots": Gptbots, "meingpt": Meingpt}


def test_importing_it_imports_no_http_library() -> None:
    code = "import sys, deployer.platforms.registry; print([name for name in ('requests', 'urllib3', 'yaml', 'shtab') if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
