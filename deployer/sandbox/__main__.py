"""`python -m deployer.sandbox`: the sandbox alone, with the options of `flowship sandbox`."""

import argparse
import sys

from deployer.sandbox.config_files import SandboxConfigError
from deployer.sandbox.server import serve


def main(arguments: list[str]) -> int:
    """0 after a clean stop, 2 for a file or an option that cannot be used."""
    options = vars(_parser().parse_args(arguments))
    try:
        return serve(**options)
    except SandboxConfigError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deployer.sandbox", description="Both platforms on this machine, to try things without an account."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8787, help="port to listen on; 0 picks a free one (default: %(default)s)")
    parser.add_argument("--store", metavar="FILE", help="keep everything in this SQLite file (default: in memory)")
    parser.add_argument("--targets", metavar="FILE", help="YAML: keys, and how their targets behave")
    parser.add_argument("--faults", metavar="FILE", help="YAML: which requests go wrong, and how")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="added to every call (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
