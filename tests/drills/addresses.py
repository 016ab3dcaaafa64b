"""Ways to write an address that is not to be contacted, and what leads to it."""

import socket

# The catch-all listener hears every one of this computer's addresses on one port. The crawls may contact 127.1.0.0/16.
ALLOWED = "127.1.0.0/16"


def notations(port: int) -> dict[str, str]:
    """By name: an address of this computer, or of another network that is not public, on a port."""
    hosts = {
        "dotted": "127.2.0.1",
        "decimal": "2130837505",
        "octal": "0177.02.0.01",
        "octal number": "017700400001",
        "hex": "0x7f.0x2.0x0.0x1",
        "hex number": "0x7F020001",
        "two parts": "127.131073",
        "three parts": "127.2.1",
        "trailing dot": "127.2.0.1.",
        "zero": "0",
        "all zeros": "0.0.0.0",
        "wide digits": "１２７.２.０.１",
        "ideographic dots": "127。2。0。1",
        "circled digits": "①②⑦.2.0.1",
        "percent": "%31%32%37.2.0.1",
        "v6": "[::1]",
        "v6 whole": "[0000:0000:0000:0000:0000:0000:0000:0001]",
        "v6 unspecified": "[::]",
        "mapped": "[::ffff:127.2.0.1]",
        "mapped hex": "[::ffff:7f02:1]",
        "mapped whole": "[0:0:0:0:0:ffff:7f02:0001]",
        "translated": "[::ffff:0:127.2.0.1]",
        "compatible": "[::127.2.0.1]",
        "6to4": "[2002:7f02:1::1]",
        "nat64": "[64:ff9b::7f02:1]",
        "local nat64": "[64:ff9b:1::7f02:1]",
        "teredo": "[2001:0:7f02:1::80fd:fffe]",
        "zone": "[fe80::1%25lo]",
        "loopback zone": "[::1%25lo]",
        "unique local": "[fd00::1]",
        "site local": "[fec0::1]",
        "multicast": "[ff02::1]",
        "localhost": "localhost",
        "LOCALHOST.": "LOCALHOST.",
        "below localhost": "intranet.localhost",
        "hosts file": "ip6-localhost",
        "own name": socket.gethostname(),
        "ten": "10.0.0.1",
        "metadata": "169.254.169.254",
        "carrier": "100.64.0.1",
        "benchmark": "198.18.0.1",
        "class E": "240.0.0.1",
        "broadcast": "255.255.255.255",
    }
    return {name: f"http://{host}:{port}/novita/x" for name, host in hosts.items()}


def tricks(port: int, site: str) -> dict[str, str]:
    """By name: addresses that a reader and a client may understand differently. `site` is a host with its port."""
    there = f"127.2.0.1:{port}"
    return {
        "user": f"http://{site}@{there}/x",
        "user and password": f"http://{site.replace(':', '%3A')}:80@{there}/x",
        "backslash": f"http://{there}\\@{site}/x",
        "backslashes": f"http:\\\\{there}\\x",
        "one slash": f"http:/{there}/x",
        "no scheme": f"//{there}/x",
        "three slashes": f"http:///{there}/x",
        "fragment": f"http://{there}#@{site}/x",
        "question": f"http://{there}?@{site}/x",
        "tab": f"http://{there[:5]}\t{there[5:]}/x",
        "line break": f"http://{there[:5]}\n{there[5:]}/x",
        "ftp": f"ftp://{there}/x",
        "gopher": f"gopher://{there}/x",
        "https": f"https://{there}/x",
        "file": "file:///etc/passwd",
        "data": "data:text/html,<h1>Avviso</h1>",
        "websocket": f"ws://{there}/x",
        "view-source": f"view-source:http://{there}/x",
        "ssh": "http://127.2.0.1:22/x",
        "port zero": "http://127.2.0.1:0/x",
        "port beyond": "http://127.2.0.1:65536/x",
        "negative port": "http://127.2.0.1:-1/x",
    }
