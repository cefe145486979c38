"""An HTTP node calls another system. GPTBots in the cloud cannot call an address in a private network, or of the machine itself.

An installation on your own premises can. Names are not resolved: recognised are numeric addresses, in every notation, `localhost`, and names
that end in `.internal`, `.local` or `.home.arpa`, which exist in private networks only.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "HTTP", "httpParam": {"request": {"method": "GET", "url": "http://10.0.0.8/x"}}}],
  "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "HTTP", "httpParam": {"request": {"method": "GET", "url": "https://api.example.com/x"}}}],
  "workflowEdges": []}}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.flow.graph import nodes_of_type
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

_PRIVATE_ENDS = (".localhost", ".internal", ".local", ".home.arpa")


def check(document: Document) -> Diagnostics:
    for graph, node in nodes_of_type(document, "HTTP"):
        request = node.param.get("request") if node.param else None
        url = request.get("url") if isinstance(request, dict) else None
        host = _host(url) if isinstance(url, str) else ""
        if _is_private(host):
            message = f"{node} calls {shown(host)}, a private or loopback address, which GPTBots in the cloud cannot call."
            yield Diagnostic(
                graph.node_path(node, "httpParam", "request", "url"),
                message,
                "Use a public address, or turn this rule off for an installation on premises.",
            )


def _host(url: str) -> str:
    """The host in lower case; "" when there is none, or when it cannot be parsed."""
    _, separator, rest = url.strip().partition("://")
    authority = rest if separator else url.strip().removeprefix("//")
    for end in "/?#\\":
        authority = authority.partition(end)[0]
    host = authority.rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0].lower() if "]" in host else ""
    return host.partition(":")[0].lower().rstrip(".")


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith(_PRIVATE_ENDS):
        return True
    if ":" not in host and not host.rpartition(".")[2][:1].isdecimal():
        return False  # a name: only numbers are addresses
    import ipaddress
    import socket

    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            return not ipaddress.IPv4Address(socket.inet_aton(host)).is_global
        except (OSError, UnicodeError):
            return False
    return not (getattr(address, "ipv4_mapped", None) or address).is_global


RULE = Rule("flow-http-address", "warning", "GPTBots in the cloud does not call addresses in private networks.", check)
