"""What a document is and how it is kept: the document format, the SQLite corpus, its history and its exports.

This room knows neither HTML nor the network.
"""

import sys

# sqlite-utils imports numpy where it is installed, to take in values that nobody passes here. That costs every process
# 20 MB and 60 ms, so numpy is hidden from it; who needs numpy imports it before or after.
if "numpy" not in sys.modules:
    sys.modules["numpy"] = None  # type: ignore[assignment]
    import sqlite_utils  # noqa: F401

    del sys.modules["numpy"]
