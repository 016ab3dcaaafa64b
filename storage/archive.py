"""Raw pages, compressed: what was read stays readable for a better extraction later."""

import zstandard

# Level 3 makes a page five times smaller in a third of a millisecond; higher levels gain little.
LEVEL = 3
# A stored page is never larger than what the crawler accepts; this only bounds a damaged frame's claim.
MAX_BYTES = 64 << 20

_compressor = zstandard.ZstdCompressor(LEVEL)  # for one thread at a time


def compress(body: bytes) -> bytes:
    """`body` as a zstd frame."""
    return _compressor.compress(body)


def decompress(frame: bytes) -> bytes:
    """The page in a frame made by `compress`. Raises ValueError where the frame is damaged."""
    try:
        return zstandard.ZstdDecompressor().decompress(frame, max_output_size=MAX_BYTES)
    except zstandard.ZstdError as error:
        raise ValueError(f"a stored page is damaged: {error}") from error
