"""What the sites of a simulated quarter show: lists, pages, feeds, interfaces and sitemaps, as of a moment.

Four templates, each in an older and a newer form, with what changes on real pages although nobody edits them.
"""

import json
import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import TypeVar, cast

from benchmarks.quarter_world import BREAKAGE, FROZEN, REDESIGN, Publisher, Release, local
from spiders.dates import ROME

T = TypeVar("T")
A_PAGE, A_FEED = 10, 15  # releases
MONTHS = "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split()
DAYS = "lunedì martedì mercoledì giovedì venerdì sabato domenica".split()
# Of each template: the list, a card, its day, the article, its day, its text; `%d` is the day.
THEMES = (
    ("row", "card", "<span class='data'>{}</span>", "article", "<p class='data'>Data: {}</p>", "testo"),
    ("elenco", "notizia", "<time>{}</time>", "div class='scheda'", "<div class='meta'>Pubblicato il {}</div>", "corpo-notizia"),
    ("it-list", "it-card", "<p class='card-date'>{}</p>", "section class='it-page'", "<small>Data di pubblicazione: {}</small>", "richtext-wrapper"),
    ("view-content", "node--teaser", "<div class='field-data'>{}</div>", "article class='node'", "<div class='field-data'>{}</div>", "field-body"),
)  # fmt: skip


class Pages:
    """The pages of one publisher. `base` is the address of its site."""

    def __init__(self, publisher: Publisher, base: str) -> None:
        self.publisher, self.base = publisher, base
        self._kept: dict[tuple[object, ...], object] = {}

    def kept(self, made: Callable[[], T], *key: object) -> T:
        """What was made for a key, or is made now: most looks find nothing new, and cost the simulation next to nothing."""
        if key not in self._kept:
            if len(self._kept) > 3000:
                self._kept.clear()
            self._kept[key] = made()
        return cast(T, self._kept[key])

    def broken(self, now: datetime) -> str:
        """How the site is broken; empty where it is not."""
        trouble = self.publisher.trouble(BREAKAGE, now)
        return trouble.how if trouble else ""

    def theme(self, now: datetime) -> tuple[int, bool]:
        """The template, and whether it is in its newer form."""
        new = self.publisher.trouble(REDESIGN, now) is not None
        return (self.publisher.theme + new) % len(THEMES), new

    def day(self, day: date) -> str:
        """A day as the publisher writes it."""
        form = self.publisher.theme
        if form == 0:
            return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        return (
            f"{day:%d/%m/%Y}"
            if form < 3
            else f"{DAYS[day.weekday()].capitalize()}, {day.day} {MONTHS[day.month - 1].capitalize()} {day.year}"
        )

    def shell(self, title: str, main: str, now: datetime, count: int) -> bytes:
        """A page around what is its own. `count` is how often the site was asked."""
        noise, (theme, new) = self.publisher.noise, self.theme(now)
        there = now.astimezone(ROME)
        top = f"<p class='oggi'>Oggi è {DAYS[there.weekday()]} {there:%d/%m/%Y}</p>" if "today" in noise else ""
        token = (
            f"<form action='/cerca'><input type='hidden' name='token' value='{count:x}f{count * 7919:x}'></form>"
            if "token" in noise
            else ""
        )
        menu = "".join(
            f"<li><a href='/{name}'>{name.capitalize()}</a></li>"
            for name in ("amministrazione", "novita", "servizi", "contatti")
        )
        box = f"<div class='site-{theme}{'-v2' if new else ''}'>"
        wp = (
            "<link rel='https://api.w.org/' href='/wp-json/'><link rel='stylesheet' href='/wp-content/themes/semplice/style.css'>"
            if self.publisher.shape == "rest"
            else ""
        )
        return (
            f"<!doctype html><html lang='it'><head><meta charset='utf-8'><title>{escape(title)} - Ente {self.publisher.id}</title>{wp}</head><body>{box}"
            f"<header>{top}<nav><ul>{menu}</ul></nav>{token}</header><main>{main}</main>"
            f"<footer><p>© 2026 Ente {self.publisher.id} - Tutti i diritti riservati</p></footer></div></body></html>"
        ).encode()

    # -- lists ----------------------------------------------------------------------------------------------------

    def listing(self, now: datetime, page: int, count: int) -> bytes:
        """A page of the list, the first being 1."""
        how, releases = self.broken(now), self.publisher.listed(now)
        if how == "script":
            return b"<!doctype html><html lang='it'><head><title>Novita</title></head><body><div id='root'></div><script src='/app.js'></script></body></html>"
        part = releases[(page - 1) * A_PAGE : page * A_PAGE]
        if self.publisher.pinned and page == 1 and releases:
            oldest = min(releases, key=lambda each: each.number)
            part = [oldest, *(each for each in part if each is not oldest)]
        cards = "".join(self.card(each, now) for each in part)
        box = THEMES[self.theme(now)[0]][0]
        more = (
            f"<nav class='pager'><a rel='next' href='/novita?page={page + 1}'>Successiva</a></nav>"
            if page * A_PAGE < len(releases)
            else ""
        )
        return self.shell("Novità", f"<h1>Novità</h1><div class='{box}'>{cards}</div>{more}", now, count)

    def card(self, release: Release, now: datetime) -> str:
        """A release in a list."""
        theme, how = self.theme(now), self.broken(now)
        return self.kept(
            lambda: self._card(release, now, theme, how), "card", release.number, release.made(now), theme, how
        )

    def _card(self, release: Release, now: datetime, form: tuple[int, bool], how: str) -> str:
        theme, new = form
        _, name, day, *_ = THEMES[theme]
        text = self.publisher.text(release, now)
        dated = "" if how == "dates" else day.format(self.day(release.day))
        title, teaser = escape(text.title), escape(text.paragraphs[0][:110])
        if how == "list":
            return f"<div class='tile' data-go='{release.number}' onclick='apri(this)'><b>{title}</b></div>"
        heading = "h2" if new else "h3"
        return f"<div class='{name}'>{dated}<{heading}><a href='{release.path}'>{title}</a></{heading}><p>{teaser}…</p></div>"

    def home(self, now: datetime, count: int) -> bytes:
        """The home page, with the newest releases."""
        cards = "".join(self.card(each, now) for each in self.publisher.listed(now)[:5])
        return self.shell(
            "Home", f"<h1>Ente {self.publisher.id}</h1><section><h2>Ultime notizie</h2>{cards}</section>", now, count
        )

    def feed(self, now: datetime) -> bytes:
        """The feed."""
        frozen = self.publisher.trouble(FROZEN, now)
        dated = self.broken(now) != "dates"
        now = frozen.begin if frozen else now
        items = "".join(
            self.kept(lambda: self._item(each, now, dated), "item", each.number, each.made(now), dated)  # noqa: B023
            for each in self.publisher.listed(now)[:A_FEED]
        )
        return (
            "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
            f"<title>Ente {self.publisher.id}</title><link>{self.base}/</link><description>Notizie</description>{items}</channel></rss>"
        ).encode()

    def _item(self, release: Release, now: datetime, dated: bool) -> str:
        text = self.publisher.text(release, now)
        day = f"<pubDate>{format_datetime(self.shown(release))}</pubDate>" if dated else ""
        full = (
            f"<content:encoded><![CDATA[{paragraphs(text.paragraphs)}]]></content:encoded>"
            if self.publisher.full_feed
            else ""
        )
        return (
            f"<item><title>{escape(text.title)}</title><link>{self.base}{release.path}</link>{day}"
            f"<description>{escape(text.paragraphs[0][:150])}…</description>{full}</item>"
        )

    def shown(self, release: Release) -> datetime:
        """The moment that machines are told: of a release that is dated back, some hour of that day."""
        return release.at if release.at.astimezone(ROME).date() == release.day else local(release.day, 10)

    def posts(self, now: datetime, query: dict[str, str]) -> tuple[bytes, int, int]:
        """WordPress's interface: the body, its status, and how many pages there are."""
        how = self.broken(now)
        if how in ("list", "script"):
            return json.dumps({"code": "rest_disabled", "message": "Chiuso."}).encode(), 401, 0
        found = self.publisher.listed(now)
        if after := query.get("modified_after"):
            since = datetime.fromisoformat(after.replace(" ", "+"))
            since = since if since.tzinfo else since.replace(tzinfo=ROME)
            found = [each for each in found if max(self.shown(each), each.changed(now)) > since]
        if query.get("orderby") == "modified":
            found.sort(key=lambda each: each.changed(now), reverse=query.get("order") != "asc")
        size, page = int(query.get("per_page", "10")), int(query.get("page", "1"))
        pages = -(-len(found) // size)
        if page > max(1, pages):
            return json.dumps({"code": "rest_post_invalid_page_number"}).encode(), 400, pages
        body = [
            self._post(each, now, "" if how in ("texts", "shell") else None)
            for each in found[(page - 1) * size : page * size]
        ]
        return json.dumps(body).encode(), 200, pages

    def _post(self, release: Release, now: datetime, content: str | None) -> dict[str, object]:
        text = self.publisher.text(release, now)
        moment = self.shown(release).astimezone(ROME).replace(tzinfo=None)
        changed = release.changed(now)
        return {
            "id": release.number, "date": moment.isoformat(), "link": self.base + release.path,
            "modified": changed.astimezone(ROME).replace(tzinfo=None).isoformat(),
            "modified_gmt": changed.replace(tzinfo=None).isoformat(), "title": {"rendered": escape(text.title)},
            "content": {"rendered": paragraphs(text.paragraphs) if content is None else content, "protected": False},
        }  # fmt: skip

    def sitemap(self, now: datetime) -> bytes | None:
        """The sitemap; None where there is none."""
        how = self.broken(now)
        if how == "script":
            return None
        night = local(now.astimezone(ROME).date(), 2)
        night = night if night <= now else night - timedelta(days=1)
        rows = (
            f"<url><loc>{self.base}{each.path}</loc><lastmod>{(night if self.publisher.nightly else each.changed(now)).isoformat()}</lastmod></url>"
            for each in ([] if how == "list" else self.publisher.listed(now))
        )
        schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
        return f"<?xml version='1.0' encoding='UTF-8'?><urlset xmlns='{schema}'>{''.join(rows)}</urlset>".encode()

    # -- pages ----------------------------------------------------------------------------------------------------

    def article(self, release: Release, now: datetime, count: int) -> bytes:
        """A release's page."""
        noise, how, text = self.publisher.noise, self.broken(now), self.publisher.text(release, now)
        theme, new = self.theme(now)
        *_, tag, day, body = THEMES[theme]
        dated = "" if how == "dates" else day.format(self.day(release.day))
        said = self.kept(lambda: paragraphs(text.paragraphs), "said", release.number, release.made(now))
        if how == "texts":
            said = f"<p>{escape(text.paragraphs[0][:70])}…</p>"
        elif how == "shell":
            said = "<div id='contenuto' data-src='/api/contenuto'></div>"
        notes = ""
        if "counter" in noise:
            read = 40 + int((now - release.at).total_seconds() / 900) + count % 7
            notes += f"<p>Letto {read} volte</p>"
        if "updated" in noise:
            notes += f"<p>Ultimo aggiornamento: {now.astimezone(ROME):%d/%m/%Y, %H}:12</p>"
        related = ""
        if "related" in noise:
            others = [each for each in self.publisher.listed(now)[:40] if each is not release]
            picked = random.Random(count).sample(others, min(3, len(others)))
            related = f"<section class='correlati'><h2>Potrebbe interessarti</h2>{''.join(self.card(each, now) for each in picked)}</section>"
        inner = f"<div class='{'contenuto ' if new else ''}{body}'>{said}{notes}</div>"
        path = "<ol class='breadcrumb'><li><a href='/'>Home</a></li><li><a href='/novita'>Novità</a></li></ol>"
        title = f"<h1>{escape(text.title)}</h1>"
        main = f"{path}<{tag}>{title}{dated}{inner}</{tag.split()[0]}>{related}"
        return self.shell(text.title, main, now, count)


def paragraphs(parts: Sequence[str]) -> str:
    """Paragraphs as HTML."""
    return "".join(f"<p>{escape(part)}</p>\n" for part in parts)
