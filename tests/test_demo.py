"""The demonstration, run as a user runs it, against what the data of its site say is true."""

import contextlib
import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import termios
import urllib.error
import urllib.request
from collections import defaultdict
from datetime import date
from typing import Any

import pytest

from crawler.demo import SampleSite, faults
from crawler.demo.releases import Release, releases, traps
from spiders.dates import day_of
from storage.addresses import address_key
from storage.database import reader
from storage.document import parse
from tests.program import Ended, Program


class Shown:
    """One demonstration whose corpus was kept: what the command said, and what is where."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.ended: Ended = program("demo", "--db", program.db, "--json")
        self.said: dict[str, Any] = self.ended.json
        self.documents = {row["id"]: row for row in program.rows("select * from corpus")}
        self.copies = program.rows("select * from copies")
        self.at: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self.documents.values():
            self.at[address_key(row["url"])].append(row)
        for copy in self.copies:
            self.at[address_key(copy["url"])].append(self.documents[copy["document"]])

    def document(self, release: Release, address: str | None = None) -> dict[str, Any]:
        """The one document at a release's address."""
        [row] = self.at[address_key(self.said[release.body] + (address or release.address))]
        return row


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return Shown(Program(tmp_path_factory.mktemp("demo")))


def told(path: str) -> Release:
    """The release at a path, as it is worded on the second day."""
    return next(release for release in releases(2) if release.path == path)


def test_the_data_are_forty_releases_or_more_over_two_years_none_from_the_future() -> None:
    days = [release.day for release in releases(2)]
    assert len(days) >= 40
    assert max(days) <= date(2026, 11, 20)
    assert min(days) < date(2024, 12, 1)
    assert len(releases(2)) - len(releases(1)) == 2
    assert sum(bool(release.edited) for release in releases(2)) == 1


def test_the_demo_ends_well_and_finds_no_difference_to_what_the_site_holds(shown: Shown) -> None:
    assert shown.said["faults"] == []
    assert shown.ended.status == 0, shown.ended.err
    assert [line["status"] for report in shown.said["reports"] for line in report["sources"]] == ["ok"] * 4


def test_every_release_is_one_document_at_each_of_its_addresses(shown: Shown) -> None:
    seen = {shown.document(release, address)["id"] for release in releases(2) for address in release.addresses}
    assert seen == shown.documents.keys()


def test_titles_are_the_ones_that_readers_see(shown: Shown) -> None:
    for release in releases(2):
        alike = {other.title for other in releases(2) if other.origin == release.origin}
        assert shown.document(release)["title"] in alike


def test_days_and_months_are_right_for_all_that_can_be_known(shown: Shown) -> None:
    wrong = []
    for release in releases(2):
        row = shown.document(release)
        known = {other.known or None for other in releases(2) if other.origin == release.origin}
        if row["date"] not in known or row["month"] != (row["date"] and row["date"][:7]):
            wrong.append((row["url"], row["date"], row["month"], known))
    assert wrong == []


def test_a_release_that_nothing_dates_has_no_date(shown: Shown) -> None:
    row = shown.document(told("comunicati/come-si-misura-il-turismo-nota-per-i-comuni"))
    assert (row["date"], row["month"], row["date_origin"]) == (None, None, None)
    assert parse(row["text"]).month is None
    assert [row["id"] for row in shown.documents.values() if row["date"] is None] == [row["id"]]


def test_of_a_release_that_only_its_folder_dates_the_month_is_known(shown: Shown) -> None:
    row = shown.document(told("comunicati/2025/03/indagine-congiunturale-quarto-trimestre"))
    assert (row["date"], row["month"], row["date_origin"]) == ("2025-03", "2025-03", "url")


def test_texts_are_the_releases_own_whole_and_without_anything_else(shown: Shown) -> None:
    texts = {shown.document(release)["id"]: shown.document(release)["body"] for release in releases(2)}
    for release in releases(2):
        alike = {other.text for other in releases(2) if other.origin == release.origin}
        assert texts[shown.document(release)["id"]] in alike


def test_pages_that_are_no_releases_are_problems_with_their_reasons(shown: Shown) -> None:
    expected = {(shown.said[trap.body] + trap.path, trap.reason) for trap in traps()}
    assert {(row["url"], row["reason"]) for row in shown.said["problems"]} == expected
    assert {reason for _, reason in expected} == {"gone", "error-page", "robots", "not-a-release"}


def test_what_both_bodies_publish_is_kept_once(shown: Shown) -> None:
    pairs = [
        ("distretto-del-commercio-nuove-risorse", "nasce-il-distretto-urbano-del-commercio-di-borgo-san-lauro"),
        ("negozi-sfitti-contributi-per-chi-apre", "negozi-sfitti-al-via-il-bando"),
    ]
    for one, other in pairs:
        row = shown.document(told(one))
        assert row["id"] == shown.document(told(other))["id"]
        [copy] = [copy for copy in shown.copies if copy["document"] == row["id"]]
        assert (copy["relation"], {copy["source"], row["source"]}) == ("exact", {"comune-san-lauro", "camera-valdoria"})


def test_alerts_that_differ_in_days_and_figures_are_two_documents(shown: Shown) -> None:
    one, other = told("allerta-meteo-vento-18-marzo"), told("allerta-meteo-vento-25-marzo")
    assert shown.document(one)["id"] != shown.document(other)["id"]


def test_a_release_in_two_sections_of_a_site_is_one_document(shown: Shown) -> None:
    release = told("comunicati/artigianato-un-primo-semestre-in-equilibrio")
    assert len(release.addresses) == 2
    assert len({shown.document(release, address)["id"] for address in release.addresses}) == 1


def test_the_edited_release_has_both_its_wordings(shown: Shown) -> None:
    row = shown.document(told("biblioteca-aperta-la-sera"))
    first = next(release for release in releases(1) if release.path == "biblioteca-aperta-la-sera")
    sql = "select body, revision from revisions where document = ? order by revision"
    wordings = [(each["revision"], each["body"]) for each in shown.program.rows(sql, row["id"])]
    assert wordings == [(1, first.text), (2, told("biblioteca-aperta-la-sera").text)]
    assert [each["revision"] for each in shown.documents.values() if each["revision"] > 1] == [2]


def test_the_second_day_asks_for_little_more_than_what_is_new(shown: Shown) -> None:
    first, second = (report["totals"] for report in shown.said["reports"])
    assert (second["new"], second["revised"], second["problems"]) == (2, 1, 0)
    assert second["requests"] <= first["requests"] / 4
    assert second["not_modified"] > 0


def test_a_kept_demonstration_is_crawled_once_more_and_nothing_is_new(shown: Shown) -> None:
    again = shown.program("demo", "--db", shown.program.db, "--json")
    assert (again.status, again.json["faults"]) == (0, [])
    [report] = again.json["reports"]
    assert report["totals"]["new"] == report["totals"]["revised"] == report["totals"]["problems"] == 0
    assert (again.json["town_hall"], again.json["chamber"]) == (shown.said["town_hall"], shown.said["chamber"])


def test_the_demo_fails_where_the_corpus_is_not_what_the_site_holds(shown: Shown, civicpress: Program) -> None:
    shutil.copy(shown.program.db, civicpress.db)
    undated = told("comunicati/come-si-misura-il-turismo-nota-per-i-comuni")
    civicpress.change("update documents set date = '2026-11-25' where id = ?", shown.document(undated)["id"])
    ended = civicpress("demo", "--db", civicpress.db, "--json")
    assert ended.status == 1
    assert [fault.partition("comunicati/")[2] for fault in ended.json["faults"]] == [
        "come-si-misura-il-turismo-nota-per-i-comuni is dated 2026-11-25 instead of not at all"
    ]


def test_every_kind_of_difference_is_found(shown: Shown, civicpress: Program) -> None:
    shutil.copy(shown.program.db, civicpress.db)
    alert, other = (shown.document(told(f"allerta-meteo-vento-{day}-marzo"))["id"] for day in (18, 25))
    civicpress.change("update documents set title = 'Novità' where id = ?", alert)
    civicpress.change("update documents set body = 'Vedi allegato.' where id = ?", other)
    civicpress.change("update documents set url = url || 'x' where title like 'Nati per leggere%'")
    civicpress.change("update problems set reason = 'timeout' where reason = 'gone'")
    bases: Any = {"town_hall": shown.said["town_hall"], "chamber": shown.said["chamber"]}
    with reader(civicpress.db) as db:
        found = "\n".join(faults(db, bases, 2, fresh=True))
    assert "is titled “Novità” instead of “Allerta meteo gialla" in found
    assert "has another text: “Vedi allegato.”" in found
    assert "missing: http" in found
    assert "is no release: Nati per leggere" in found
    assert "should be among the problems: gone, not timeout" in found
    assert len(found.splitlines()) == 5


def test_a_corpus_of_other_sources_is_left_alone(civicpress: Program) -> None:
    page = civicpress.folder / "document.txt"
    page.write_text(" date 2025-05 Un titolo\n\nUn testo.", encoding="utf-8")
    assert civicpress("import", page).status == 0
    ended = civicpress("demo", "--db", civicpress.db)
    assert (ended.status, ended.out) == (2, "")
    assert f"{civicpress.db}: this corpus holds other sources" in ended.err
    assert len(civicpress.rows("select id from corpus")) == 1


def test_what_the_demo_shows_fits_a_terminal_of_eighty_columns(civicpress: Program) -> None:
    status, lines = _on_a_terminal(civicpress, "demo")
    text = "\n".join(lines)
    assert status == 0, text
    assert max(map(len, lines)) <= 80
    for words in ("First day", "Next day", "robots.txt does not allow it", "status 410", "found twice", "revised"):
        assert words in text
    assert f"All {len(releases(2))} releases of the site are there" in text
    assert "   date 2026-11 " in text
    assert "civicpress demo --db demo.db" in text
    assert not civicpress.db.exists()


def test_the_site_answers_conditional_requests_honestly() -> None:
    with SampleSite() as site:
        status, headers = _ask(f"{site.town_hall}/novita/")
        assert status == 200
        tag, changed = {"If-None-Match": headers["ETag"]}, {"If-Modified-Since": headers["Last-Modified"]}
        assert _ask(f"{site.town_hall}/novita/", **tag)[0] == _ask(f"{site.town_hall}/novita/", **changed)[0] == 304
        assert _ask(f"{site.town_hall}/novita/?utm_source=x")[1]["ETag"] == headers["ETag"]
        assert _ask(f"{site.town_hall}/novita/page/99/")[0] == 404
        site.next_day()
        assert _ask(f"{site.town_hall}/novita/", **tag)[0] == _ask(f"{site.town_hall}/novita/", **changed)[0] == 200


def test_pages_write_the_day_of_the_data_in_five_forms() -> None:
    with SampleSite(day=2) as site:
        for release in releases(2):
            if release.section == "comune":
                page = _text(site.town_hall + release.address)
                label = re.search(r"<small>Data:</small><p[^>]*>([^<]+)</p>", page)
                assert label
                assert day_of(label[1]) == release.day
    assert {release.form for release in releases(2)} == {"long", "short", "weekday", "dashes", "ordinal"}


def _text(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return str(answer.read().decode())


def _ask(url: str, **headers: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers


def _on_a_terminal(program: Program, *words: str) -> tuple[int, list[str]]:
    """How a command ends on a terminal of eighty columns, and the lines that stay on it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 80, 0, 0))
    environment = {**program.environment, "TERM": "xterm"}
    with subprocess.Popen(
        program.command(*words),
        stdout=theirs,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
        env=environment,
        cwd=program.folder,
    ) as process:
        os.close(theirs)
        read = bytearray()
        with contextlib.suppress(OSError):  # Linux's word for the end of a terminal
            while chunk := os.read(ours, 65536):
                read += chunk
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", read.decode().replace("\r\n", "\n"))
    return process.returncode, [line.rpartition("\r")[2].rstrip() for line in text.split("\n")]
