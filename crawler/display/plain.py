"""Strangers' words on their way to a terminal or a log: nothing in them that one would obey, no password."""

import re

# What Python's JSON leaves as it is and a terminal may obey, or no encoding takes: controls, what turns the reading
# direction round, halves of characters.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_IN_JSON = re.compile(_OBEYED.pattern.replace("\x00-\x08\x0b-\x1f", ""))
_USER = re.compile(r"(?i)(\bhttps?://)[^\s/?#]*@")
_SECRET = re.compile(
    r"(?i)([?&;](?:[\w-]*(?:token|secret|pass(?:w(?:or)?d)?|signature)|(?:api|content|access|auth)?[_-]?key|pwd|sig|auth)=)[^&#\s;\"')\]]+"
)


def plain(text: str) -> str:
    """The text with a space for each control character, and without those that show nothing and turn direction round;
    line breaks and tabs stay."""
    return _OBEYED.sub(lambda match: " " if match[0] < "\xa0" else "", text) if _OBEYED.search(text) else text


def plain_json(written: str) -> str:
    r"""JSON as `json.dumps` writes it without `ensure_ascii`, with `\\uXXXX` for what a terminal would obey: the same value."""
    return _IN_JSON.sub(_escape, written)


def masked(text: str) -> str:
    """The text with `***` for user names and passwords of addresses, and for the values of parameters that are called a
    token, key, password, secret or signature."""
    return _SECRET.sub(r"\1***", _USER.sub(r"\1***@", text))


def _escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
