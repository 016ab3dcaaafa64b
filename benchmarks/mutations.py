"""Real bytes, cut, spliced, nested, repeated and put into other encodings: what readers are fuzzed with."""

import gzip
import itertools
import random
import re
from collections.abc import Callable, Iterable
from pathlib import Path

# Pieces that have broken parsers: of encodings, of entities, of numbers, of dates, of what looks like markup.
TOKENS = [
    *(b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\x1b[31m", b"\x0b\x0c\x1c\x1d\x1e"),
    *("\u0085\u2028\u2029".encode(), "\u202e\u2066\u200b\ufeff".encode(), b"&#0;", b"&#xD800;", b"&#x110000;", b"&#8232;"),
    *(b"\\ud800", b"\\u0000", b"\\u2028", b"&amp;lt;", b"&nbsp;", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<!DOCTYPE html>"),
    *(b"<?xml version='1.0' encoding='utf-16'?>", b"<?xml encoding='utf-7'?>", b"<meta charset=utf-7>", b"<base href='//['>"),
    *(b"<base href=javascript:1>", b"<script>", b"<svg><title>", b"<math>", b"<template>", b"<select>", b"<plaintext>"),
    *(b"<a href='http://[/'>", b"<a href='//x:99999999/'>", b"href='http://xn--/'", b"<table><tr><td>", b"</", b"<", b">"),
    *(b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-12:00", b"31/12/9999", b"30 febbraio 2024", b"2024-13-45"),
    *(b"Thu, 01 Jan 0001 00:00:00 +2359", b"1e999", b"-1", b"99999999999999999999", b"\xd9\xa1\xd9\xa2", b"null", b"NaN"),
    *(b"{", b"}", b"[", b"]", b'"', b"'", b"\\", b"\r\n", b"\n", b" ", b"%", b"%00", b"%ff", b"#", b"?", b"\xf0\x9f\x98\x80"),
]  # fmt: skip
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-7", "latin-1", "cp1252", "cp037", "shift_jis", "iso2022_jp")
LARGEST = 400_000  # bytes: enough for a pattern that is quadratic to take seconds
_TAG = re.compile(rb"<[^<>]{1,300}>")


def mutated(pick: random.Random, seeds: list[bytes]) -> bytes:
    """One of the seeds, changed in some ways; `pick` decides how."""
    data = pick.choice(seeds)
    if pick.random() < 0.5 and len(data) > 4000:  # small ones are quick, and break as well
        start = pick.randrange(len(data) - 2000)
        data = data[:500] + data[start : start + pick.randrange(200, 40_000)]
    for _ in range(pick.choice((1, 1, 2, 3, 5, 8))):
        data = pick.choice(CHANGES)(pick, data, seeds)[:LARGEST]
    return data


def _span(pick: random.Random, data: bytes, most: int) -> tuple[int, int]:
    start = pick.randrange(len(data) + 1)
    return start, min(len(data), start + pick.randrange(1, most))


def _cut(pick: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    start, end = _span(pick, data, 5000)
    return pick.choice((data[:start], data[:start] + data[end:], data[start:]))


def _spliced(pick: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    other = pick.choice(seeds)
    start, end = _span(pick, other, 20_000)
    at = pick.randrange(len(data) + 1)
    return data[:at] + other[start:end] + data[at:]


def _inserted(pick: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    for _ in range(pick.randrange(1, 6)):
        start, end = _span(pick, data, 12)
        data = data[:start] + pick.choice(TOKENS) + data[pick.choice((start, end)) :]
    return data


def _in_tag(pick: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    """Something between the text of elements: titles, days and addresses are there."""
    tags = list(itertools.islice(_TAG.finditer(data, pick.randrange(len(data) + 1)), 40))
    if not tags:
        return _inserted(pick, data, seeds)
    at = pick.choice(tags).end() - pick.randrange(2)
    return data[:at] + pick.choice(TOKENS) * pick.choice((1, 1, 1, 3000)) + data[at:]


def _flipped(pick: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(pick.randrange(1, 20) if changed else 0):
        changed[pick.randrange(len(changed))] = pick.randrange(256)
    return bytes(changed)


def _repeated(pick: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    """A piece again and again: what shows that a pattern takes the square of its input."""
    start, end = _span(pick, data, pick.choice((3, 30, 300)))
    many = pick.choice((10, 1000, 100_000 // max(1, end - start)))
    return data[:start] + data[start:end] * many + data[end:]


def _nested(pick: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    opening, closing = pick.choice(((b"<div>", b"</div>"), (b"<b><p>", b""), (b"<a>", b"</a>"), (b"[", b"]"), (b'{"a":', b"}"),
        (b"<table><tr><td>", b""), (b"<ul><li>", b""), (b"<entry>", b"</entry>"), (b"(", b")")))  # fmt: skip
    start, end = _span(pick, data, 2000)
    many = pick.choice((10, 300, 6000, 30_000))
    return data[:start] + opening * many + data[start:end] + closing * many + data[end:]


def _recoded(pick: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    encoding = pick.choice(ENCODINGS)
    return data.decode("utf-8", "replace").encode(encoding, "replace")


def _packed(pick: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    packed = gzip.compress(data, 1)
    return packed if pick.random() < 0.5 else packed[: pick.randrange(len(packed))]


CHANGES: list[Callable[[random.Random, bytes, list[bytes]], bytes]] = [
    *(_cut, _spliced, _inserted, _inserted, _in_tag, _in_tag, _flipped, _repeated, _repeated, _nested, _recoded, _packed)
]  # fmt: skip


def bytes_of(paths: Iterable[Path]) -> list[bytes]:
    """What files hold, unpacked; the largest of them only in part."""
    found = []
    for path in paths:
        data = path.read_bytes()
        found.append((gzip.decompress(data) if path.suffix == ".gz" else data)[:LARGEST])
    return found
