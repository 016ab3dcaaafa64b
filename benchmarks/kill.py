"""Kills a crawl at random moments, over and over, and then looks whether the corpus is whole.

Killed with SIGKILL, twenty times by default, each time while it works on the same corpus. A run that ends before its
moment comes is followed by newer articles on every host, so that the next one has work to be killed in. A last run is
left alone; then the corpus must hold exactly the site's articles, worded as in a crawl that nothing disturbed.
"""

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.memory import civicpress_beside_python, crawl_command, crawl_environment, measured, process_tree
from benchmarks.site import Site, give_up, kept

GRACE = 10.0  # seconds in which the workers of a killed run have to notice and leave


class Victim:
    """A crawl in a process group of its own. Its standard error goes to `log`."""

    def __init__(self, command: list[str], log: Path) -> None:
        with log.open("w") as errors:
            self.process = subprocess.Popen(
                command, env=crawl_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                start_new_session=True,
            )  # fmt: skip

    def kill(self, after: float, group: bool) -> tuple[bool, int]:
        """Waits and kills: whether the run was still going on, and how many processes it had."""
        try:
            self.process.wait(after)
        except subprocess.TimeoutExpired:
            count = len(process_tree(self.process.pid))
            (os.killpg if group else os.kill)(self.process.pid, signal.SIGKILL)
            self.process.wait()
            return True, count
        return False, 0

    def orphans(self) -> list[int]:
        """Processes of the run that outlive it by more than the grace. They are ended here."""
        until = time.monotonic() + GRACE
        while (left := _session(self.process.pid)) and time.monotonic() < until:
            time.sleep(0.05)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        return left


def _session(leader: int) -> list[int]:
    """The living processes of a session, zombies left out."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(session) == leader and state != "Z":
            found.append(int(stat.parent.name))
    return found


def sound(db: Path) -> dict[str, str]:
    """SQLite's own checks: of the file, of references between tables, of full-text search against the documents."""
    with closing(sqlite3.connect(db)) as connection:
        answers = {"integrity_check": connection.execute("pragma integrity_check").fetchone()[0]}
        answers["foreign_key_check"] = (
            "ok" if not connection.execute("pragma foreign_key_check").fetchall() else "broken"
        )
        try:
            connection.execute("insert into documents_fts(documents_fts, rank) values ('integrity-check', 1)")
            answers["full-text check"] = "ok"
        except sqlite3.DatabaseError as error:
            answers["full-text check"] = str(error)
    return answers


def documents(db: Path) -> int:
    """How many documents a corpus has by now; 0 before it is one."""
    try:
        with closing(sqlite3.connect(f"{db.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return int(connection.execute("select count(*) from corpus").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def judge(site: Site, db: Path, reference: Path, orphans: int) -> bool:
    """Prints what the corpus holds and whether all is well."""
    articles = site.articles
    found, calm = kept(db, articles), kept(reference, articles)
    differing = [url for url, words in found.wording.items() if calm.wording.get(url, words) != words]
    faults = {
        "articles missing": len(found.missing), "addresses held twice": len(found.repeated),
        "documents with equal text": found.same_text, "documents that are no article": len(found.strangers),
        "worded otherwise than undisturbed": len(differing), "orphan processes": orphans,
    }  # fmt: skip
    print(f"{found.articles} articles: {found.documents} documents, {found.copies} further addresses of the same text")
    print(f"days of publication: {found.dates}; undisturbed: {calm.dates}")
    for name, count in faults.items():
        print(f"{name:36}{count:6}{'' if not count else '  FAULT'}")
    answers = sound(db)
    for name, answer in answers.items():
        print(f"{name:36}{answer:>6}")
    print(
        *found.missing[:5], *found.repeated[:5], *found.strangers[:5], *differing[:5], sep="\n", end="", file=sys.stderr
    )
    return not any(faults.values()) and set(answers.values()) == {"ok"}


def main() -> int:
    """Runs the test."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kill", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20, help="how often (default 20)")
    parser.add_argument("--articles", type=int, default=1000, help="of all hosts together (default 1000)")
    parser.add_argument("--hosts", type=int, default=20, help="each is one source (default 20)")
    parser.add_argument("--longest", type=float, default=8.0, help="seconds that a run gets at most (default 8)")
    parser.add_argument(
        "--victim",
        choices=("group", "main"),
        default="group",
        help="kill the process group (default) or the main process only",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the random moments (default 1)")
    parser.add_argument(
        "--civicpress", type=Path, default=civicpress_beside_python(), help="the program (default: of this Python)"
    )
    args = parser.parse_args()
    if not args.civicpress.is_file():
        give_up(f"{args.civicpress} is not there; name the program with --civicpress")
    moments = random.Random(args.seed)
    with tempfile.TemporaryDirectory(prefix="civicpress-kill-") as name:
        folder = Path(name)
        db, sources, reference = folder / "corpus.db", folder / "sources.toml", folder / "reference.db"
        with Site(folder / "site", args.hosts, args.articles) as site:
            site.write_sources(sources)
            orphans = done = 0
            while done < args.kills:
                moment = moments.uniform(0.1, args.longest)
                victim = Victim(crawl_command(args.civicpress, sources, db), folder / "stderr")
                killed, processes = victim.kill(moment, args.victim == "group")
                if not killed and victim.process.returncode not in (0, 1):
                    give_up(
                        f"civicpress ended with status {victim.process.returncode}: {(folder / 'stderr').read_text()[-1000:]}"
                    )
                orphans += len(victim.orphans())
                done += killed
                what = f"kill {done:2} after {moment:4.2f} s, {processes} processes" if killed else "ended by itself"
                print(f"{what}: {documents(db)} of {len(site.articles)} documents", file=sys.stderr)
                if not killed:
                    site.append(5)
            for path in (db, reference):
                last = measured(crawl_command(args.civicpress, sources, path), folder, crawl_environment())
                print(
                    f"last run: status {last.status}, {last.seconds:.1f} s, {documents(path)} documents",
                    file=sys.stderr,
                )
            return 0 if judge(site, db, reference, orphans) else 1


if __name__ == "__main__":
    sys.exit(main())
