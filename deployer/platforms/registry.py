"""The platforms Flowship ships to. A new one is a file here and a line below.

Importing this room imports no HTTP library: clients get their `Http` from whoever makes them.
"""

from deployer.http.error_codes import TITLES
from deployer.platforms.base import Platform
from deployer.platforms.gptbots import client
from deployer.platforms.meingpt import client as meingpt

PLATFORMS: dict[str, Platform] = {
    "gptbots": Platform(TITLES["gptbots"], client.CAPABILITIES, client.GPTBots),
    "meingpt": Platform(TITLES["meingpt"], meingpt.CAPABILITIES, meingpt.MeinGPT),
}
