"""The platforms Flowship ships to. A new one is a file here and a line below.

Importing this room imports no HTTP library: the first call does.
"""

from deployer.platforms.base import Platform
from deployer.platforms.gptbots import client
from deployer.platforms.meingpt import client as meingpt

PLATFORMS: dict[str, Platform] = {
    "gptbots": Platform(client.SERVICE, client.CAPABILITIES, client.GPTBots),
    "meingpt": Platform(meingpt.SERVICE, meingpt.CAPABILITIES, meingpt.MeinGPT),
}
