"""The platforms Flowship ships to. A new one is a file here and a line below.

Importing this room imports no HTTP library: clients get their `Http` from whoever makes them.
"""

from deployer.platforms import gptbots, meingpt
from deployer.platforms.base import Platform
from deployer.platforms.catalogue import TITLES

PLATFORMS: dict[str, Platform] = {
    "gptbots": Platform(TITLES["gptbots"], gptbots.CAPABILITIES, gptbots.GPTBots),
    "meingpt": Platform(TITLES["meingpt"], meingpt.CAPABILITIES, meingpt.MeinGPT),
}
