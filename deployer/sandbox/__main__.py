"""`python -m deployer.sandbox`: the sandbox alone, and the options that `flowship sandbox` has too."""

import argparse
import sys


def main(arguments: list[str]) -> int:
    """0 after a clean stop, 2 for a file or an option that cannot be used."""
    from deployer.sandbox.config_files import SandboxConfigError
    from deployer.sandbox.server import serve

    description = "Both platforms on this machine, to try things without an account."
    parser = argparse.ArgumentParser(prog="python -m deployer.sandbox", description=description)
    add_options(parser)
    try:
        return serve(**vars(parser.parse_args(arguments)))
    except SandboxConfigError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the server, as `serve` takes them."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8787, help="port to listen on; 0 picks a free one (default: %(default)s)")
    parser.add_argument("--store", metavar="FILE", help="keep everything in this SQLite file (default: in memory)")
    parser.add_argument("--targets", metavar="FILE", help="YAML: keys, and how their targets behave")
    parser.add_argument("--faults", metavar="FILE", help="YAML: which requests go wrong, and how")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="added to every call (default: %(default)s)")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
