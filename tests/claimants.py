"""Other processes that hold sites of a corpus, as a crawl does while it asks them."""

import subprocess
import sys
from pathlib import Path

HOLD = """
import sys, time
from pathlib import Path
from crawler.ingest.claims import Claims
claims = Claims(Path(sys.argv[1]))
print(claims.take(sys.argv[2:]), flush=True)
sys.stdin.readline()
claims.give(sys.argv[2:], 12.5)
print("given", flush=True)
sys.stdin.readline()
"""


class Other:
    """Another process that claims sites at once, gives them free when it is told to, and then stays."""

    def __init__(self, corpus: Path, *sites: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(corpus), *sites], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        self.could = self.process.stdout.readline() == "True\n"

    def gives(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "given\n"

    def killed(self) -> None:
        self.process.kill()
        self.process.communicate()
