"""Names of the drills' own, in a program that looks them up: there is no other way to have a name lead where one wants."""

from collections.abc import Mapping, Sequence

_LOOK_UP = """
import itertools, socket
_theirs = socket.getaddrinfo
_names = {name: itertools.chain(answers, itertools.repeat(answers[-1])) for name, answers in NAMES.items()}
def _look_up(host, port, *args, **kwargs):
    name = host.decode() if isinstance(host, bytes) else host
    if name.rstrip(".").lower() not in _names:
        return _theirs(host, port, *args, **kwargs)
    return [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (each, port, 0, 0)) if ":" in each
        else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
        for each in next(_names[name.rstrip(".").lower()])
    ]
socket.getaddrinfo = _look_up
"""


def looking_up(names: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """Python that makes each name lead to its addresses: the first ones at the first question, the last ones for ever."""
    return _LOOK_UP.replace("NAMES", repr({name: [list(each) for each in answers] for name, answers in names.items()}))
