"""PDF files as offices make them: letters set in Courier, whose letters are all 0.6 of the size wide."""

import hashlib
import textwrap
import zlib
from dataclasses import dataclass, field

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 70.0
_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


@dataclass
class Sheet:
    """A page that is written from top to bottom. `y` is where the next line stands."""

    drawn: list[bytes] = field(default_factory=list)
    y: float = HEIGHT - 80
    scanned: bool = False

    def line(self, text: str, x: float = MARGIN, y: float | None = None, size: float = 11, bold: bool = False) -> None:
        """A line of text at a place."""
        escaped = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        at = self.y if y is None else y
        self.drawn.append(b"BT /%s %g Tf %g %g Td (%s) Tj ET" % (b"F2" if bold else b"F1", size, x, at, escaped))
        if y is None:
            self.y -= 1.3 * size

    def centred(self, text: str, size: float = 11, bold: bool = False) -> None:
        """A line in the middle."""
        self.line(text, (WIDTH - 0.6 * size * len(text)) / 2, size=size, bold=bold)

    def paragraph(self, text: str, *, size: float = 11, left: float = MARGIN, right: float = WIDTH - MARGIN,
                  indent: float = 0, gap: float = 8) -> None:  # fmt: skip
        """A paragraph, broken into lines, with a gap after it."""
        room = int((right - left) / (0.6 * size))
        ahead = " " * int(indent / (0.6 * size))
        for line in textwrap.wrap(ahead + text, room, break_on_hyphens=True):
            self.line(line.strip(), left + (indent if ahead and line.startswith(ahead) else 0), size=size)
        self.y -= gap

    def lines(self, *texts: str, gap: float = 8) -> None:
        """Lines as they are broken already."""
        for text in texts:
            self.line(text)
        self.y -= gap


def pdf(*sheets: Sheet, title: str = "", created: str = "", password: str = "") -> bytes:
    """A file of these pages. With a password, it opens for nobody who does not have it."""
    objects: list[bytes] = [b"", b""]  # catalogue and page tree, which need the pages' numbers
    secret = _Secret(password) if password else None

    def add(content: bytes) -> int:
        objects.append(content)
        return len(objects)

    def stream(data: bytes, keys: bytes = b"") -> int:
        number = len(objects) + 1
        data = secret.hide(data, number) if secret else data
        return add(b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), keys, data))

    fonts = [
        add(b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>" % name)
        for name in (b"Courier", b"Courier-Bold")
    ]
    picture = stream(
        bytes(64), b"/Type /XObject /Subtype /Image /Width 8 /Height 8 /BitsPerComponent 8 /ColorSpace /DeviceGray"
    )
    pages = []
    for sheet in sheets:
        drawn = [b"q %g 0 0 %g 0 0 cm /Im0 Do Q" % (WIDTH, HEIGHT)] if sheet.scanned else []
        content = stream(zlib.compress(b"\n".join([*drawn, *sheet.drawn])), b"/Filter /FlateDecode")
        pages.append(add(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Contents %d 0 R /Resources << /Font << /F1 %d 0 R /F2 %d 0 R >>"
            b" /XObject << /Im0 %d 0 R >> >> >>" % (WIDTH, HEIGHT, content, *fonts, picture)
        ))  # fmt: skip
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (
        b" ".join(b"%d 0 R" % page for page in pages),
        len(pages),
    )
    about = [
        b"/%s (%s)" % (key, value.encode("cp1252"))
        for key, value in ((b"Title", title), (b"CreationDate", created))
        if value
    ]
    trailer = b"/Info %d 0 R" % add(b"<< %s >>" % b" ".join(about)) if about else b""
    if secret:
        trailer += b" /Encrypt %d 0 R /ID [<%s> <%s>]" % (add(secret.dictionary), *(secret.id.hex().encode(),) * 2)
    return _file(objects, trailer)


def _file(objects: list[bytes], trailer: bytes) -> bytes:
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF"
        % (size, table, size, trailer, len(body))
    )


class _Secret:
    """The standard security handler, revision 2 (ISO 32000-1, 7.6.3)."""

    def __init__(self, password: str) -> None:
        self.id = bytes(16)
        padded = (password.encode() + _PADDING)[:32]
        owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
        rights = (-4 & 0xFFFFFFFF).to_bytes(4, "little")
        self.key = hashlib.md5(padded + owner + rights + self.id).digest()[:5]
        user = _rc4(self.key, _PADDING)
        self.dictionary = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (
            owner.hex().encode(), user.hex().encode(),
        )  # fmt: skip

    def hide(self, data: bytes, number: int) -> bytes:
        """A stream of an object, encrypted."""
        return _rc4(hashlib.md5(self.key + number.to_bytes(3, "little") + bytes(2)).digest()[:10], data)


def _rc4(key: bytes, data: bytes) -> bytes:
    state, at = list(range(256)), 0
    for index in range(256):
        at = (at + state[index] + key[index % len(key)]) % 256
        state[index], state[at] = state[at], state[index]
    found, one, other = bytearray(), 0, 0
    for byte in data:
        one = (one + 1) % 256
        other = (other + state[one]) % 256
        state[one], state[other] = state[other], state[one]
        found.append(byte ^ state[(state[one] + state[other]) % 256])
    return bytes(found)
