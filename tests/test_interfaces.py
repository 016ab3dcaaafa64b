"""Machine interfaces: what their answers say, and where a home page shows that they are."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from scrapy.http import HtmlResponse, Response, TextResponse

from spiders.discovery import ACCEPT, STRATEGIES, opencity, plone, wordpress
from spiders.discovery.platforms import LISTS, lists_of, routes_of
from spiders.discovery.recognise import SIGNATURES, VARIANTS
from spiders.source import Source
from spiders.values import Link, Reading, Route, Unreadable

HOME = "https://www.comune.prova.it/"
SOURCE = Source(id="comune-prova", home=HOME, exclude=("/eventi/",))
BODY = "<p>Da lunedì gli uffici seguono un orario nuovo.</p>"
POSTS = f"{HOME}wp-json/{wordpress.PATH}?{wordpress.QUERY}"
ITEMS = f"{HOME}++api++/{plone.QUERY}"
GHOST = f"{HOME}ghost/api/content/posts/?key=0123456789abcdef0123456789&limit=100"
MYPORTAL = f"{HOME}myportal/C_L407/api/content?type=pnrr_news&pageSize=2&pageIndex=1"


def read(strategy: str, answer: Any, url: str, **headers: str) -> Reading:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return STRATEGIES[strategy](TextResponse(url, body=body, headers=named), Route(url, strategy, url, True), SOURCE)


def asked(reading: Reading) -> dict[str, str]:
    """The parameters of the only next page."""
    [route] = reading.following
    return {name: values[0] for name, values in parse_qs(urlsplit(route.url).query).items()}


def home(markup: str = "", url: str = HOME, **headers: str) -> Response:
    return HtmlResponse(url, body=f"<html><head>{markup}</head></html>".encode(), headers=headers)


def urls(platform: str, page: Response) -> list[str]:
    return [route.url for route in routes_of(platform, page)]


# WordPress


def post(slug: str = "orari", **more: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "date": "2025-05-06T00:10:00",
        "link": f"{HOME}{slug}/",
        "title": {"rendered": "Nuovi orari &#8211; &#8220;Uffici&#8221;"},
        "content": {"rendered": f"\n{BODY}\n", "protected": False},
    } | more


def test_a_post_gives_address_title_local_day_and_whole_text() -> None:
    assert read("wordpress", [post()], POSTS).links == (
        Link(f"{HOME}orari/", "Nuovi orari – “Uffici”", "2025-05-06", "api", BODY),
    )


def test_a_protected_post_has_no_text_and_an_excluded_one_is_not_named() -> None:
    hidden = post("riservata", content={"rendered": "<form>Password</form>", "protected": True})
    reading = read("wordpress", [hidden, post("eventi/festa"), "x", {"link": 3}], POSTS)
    assert [(link.url, link.content) for link in reading.links] == [(f"{HOME}riservata/", None)]


def test_wordpress_says_how_many_pages_there_are() -> None:
    reading = read("wordpress", [post()], POSTS, X_WP_TotalPages="2")
    assert asked(reading)["page"] == "2"
    assert reading.following[0].start == POSTS
    assert reading.following[0].advertised
    assert read("wordpress", [post()], f"{POSTS}&page=2", X_WP_TotalPages="2").following == ()


def test_where_wordpress_does_not_say_it_a_full_page_has_another_one() -> None:
    full = [post(f"n{number}") for number in range(100)]
    assert asked(read("wordpress", full, POSTS))["page"] == "2"
    assert read("wordpress", full[:99], POSTS).following == ()
    past = {"code": "rest_post_invalid_page_number", "message": "…", "data": {"status": 400}}
    assert read("wordpress", past, f"{POSTS}&page=2") == Reading()


def test_a_closed_interface_is_unreadable_and_says_why() -> None:
    with pytest.raises(Unreadable, match="rest_cannot_access"):
        read("wordpress", {"code": "rest_cannot_access", "message": "Solo per utenti registrati"}, POSTS)


@pytest.mark.parametrize(
    ("root", "page"),
    [
        (f"{HOME}wp-json/", home()),
        (f"{HOME}portale/wp-json/", home(url=f"{HOME}portale")),
        (f"{HOME}wp/wp-json/", home('<link rel="https://api.w.org/" href="http://comune.prova.it/wp/wp-json/">')),
        (
            f"{HOME}blog/wp-json/",
            home(Link=f'<{HOME}xmlrpc>; rel="x", <{HOME}blog/wp-json/>; rel="https://api.w.org/"'),
        ),
        (f"{HOME}wp-json/", home("<link rel='https://api.w.org/' href='https://altro.example.org/wp-json/'>")),
    ],
)
def test_wordpress_is_asked_where_it_says_that_its_interface_is(root: str, page: Response) -> None:
    assert urls("wordpress", page)[0] == f"{root}wp/v2/posts?{wordpress.QUERY}"


def test_wordpress_without_pretty_addresses_is_asked_by_parameter() -> None:
    page = home(f'<link rel="https://api.w.org/" href="{HOME}index.php?rest_route=/" />')
    [url, _] = urls("wordpress", page)
    assert url == f"{HOME}index.php?rest_route=/wp/v2/posts&{wordpress.QUERY}"
    following = read("wordpress", [post()], url, X_WP_TotalPages="2").following[0].url
    assert "rest_route=%2Fwp%2Fv2%2Fposts" in following
    assert "page=2" in following


# The national theme of WordPress


def test_the_national_themes_feed_gives_the_text_and_not_the_day_on_which_the_post_was_made() -> None:
    item = "<item><title>Orari {0}</title><link>{1}novita/{0}/</link><pubDate>Mon, 05 May 2025 10:00:00 +0000</pubDate><description>Da lunedì</description><content:encoded><![CDATA[{2}]]></content:encoded></item>"
    items = "".join(item.format(number, HOME, BODY) for number in range(10))
    feed = f'<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>N</title>{items}</channel></rss>'
    [route, cards] = routes_of("wordpress_design_comuni", home())
    reading = read(route.strategy, feed.encode(), route.url)
    assert {(link.date, link.content) for link in reading.links} == {(None, BODY)}
    assert asked(reading) == {"post_type": "notizia", "paged": "2"}
    assert reading.following[0].strategy == route.strategy == "notizie"
    assert (cards.strategy, cards.url) == ("listing", f"{HOME}novita/?max_posts=500")  # the days are there


# Plone


def item(path: str = "novita/notizie/orari", **more: Any) -> dict[str, Any]:
    return {
        "@id": f"{HOME}{path}",
        "@type": "News Item",
        "title": "Nuovi orari, spese < 500 euro",
        "description": "Cambiano gli orari.",
        "effective": "2025-05-05T22:30:00+00:00",
        "review_state": "published",
        "text": {"content-type": "text/html", "data": BODY, "encoding": "utf-8"},
    } | more


def news(*items: Any, total: int = 1, url: str = ITEMS) -> Reading:
    return read("plone", {"@id": url, "items": list(items), "items_total": total}, url)


def test_a_news_item_gives_address_title_day_in_rome_and_its_text_after_the_lead() -> None:
    assert news(item()).links == (
        Link(
            f"{HOME}novita/notizie/orari",
            "Nuovi orari, spese < 500 euro",
            "2025-05-06",  # already the next day in Rome
            "api",
            f"<p>Cambiano gli orari.</p>{BODY}",
        ),
    )


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2025-05-05T10:00:00+02:00", "2025-05-05"),
        ("2025-05-05T22:30:00", "2025-05-06"),  # UTC, though it does not say so
        ("1969-12-30T23:00:00+00:00", None),  # never published
        ("1969-12-31T00:00:00+00:00", None),
        ("", None),
        (None, None),
        ("ieri", None),
    ],
)
def test_what_was_never_published_has_no_day(written: str | None, day: str | None) -> None:
    assert news(item(effective=written)).links[0].date == day


@pytest.mark.parametrize("prefix", ["++api++/", "api/"])
def test_the_interfaces_own_addresses_are_those_of_the_pages_that_people_read(prefix: str) -> None:
    reading = news(item(f"{prefix}novita/orari"), url=f"{HOME}{prefix}{plone.QUERY}")
    assert reading.links[0].url == f"{HOME}novita/orari"
    folder = news(item("novita/api/orari"), url=f"{HOME}{prefix}{plone.QUERY}")
    assert folder.links[0].url == f"{HOME}novita/api/orari"


def test_batches_follow_each_other_until_all_are_read() -> None:
    reading = news(item("a"), item("b"), total=5, url=f"{ITEMS}&b_start=2")
    assert asked(reading)["b_start"] == "4"
    assert asked(reading)["portal_type"] == "News Item"
    assert news(item("a"), total=5, url=f"{ITEMS}&b_start=4").following == ()
    assert news(total=5, url=f"{ITEMS}&b_start=4").following == ()


def test_voltos_blocks_are_read_in_their_order_whatever_holds_them() -> None:
    def slate(*nodes: Any) -> dict[str, Any]:
        return {"@type": "slate", "value": list(nodes)}

    paragraph = {"type": "p", "children": [{"text": "Da lunedì "}, {"type": "strong", "children": [{"text": "orari"}]}]}
    points = {"type": "ul", "children": [{"type": "li", "children": [{"text": "mattina & sera"}]}]}
    cells = {"cells": [{"value": [{"children": [{"text": "Sala"}]}]}, {"value": [{"children": [{"text": "9"}]}]}]}
    draft = {"blocks": [{"text": "Vecchio testo", "type": "unstyled"}, {"text": "voce", "type": "unordered-list-item"}]}
    panel = {"title": "Dettagli", "blocks": {"z": slate(paragraph)}, "blocks_layout": {"items": ["z"]}}
    blocks = {
        "t": {"@type": "title"},
        "1": slate(points),
        "2": {"@type": "text", "text": draft},
        "3": {"@type": "slateTable", "table": {"rows": [cells]}},
        "4": {"@type": "html", "html": "<p>Grezzo</p>"},
        "5": {"@type": "accordion", "data": {"blocks": {"p": panel}, "blocks_layout": {"items": ["p"]}}},
        "6": {"@type": "image", "url": "x", "alt": "Una foto"},
        "out": slate({"type": "p", "children": [{"text": "Non impaginato"}]}),
    }
    held = {"blocks": blocks, "blocks_layout": {"items": ["t", "3", "1", "2", "4", "5", "6", "gone"]}}
    expected = (
        "<table><tr><td>Sala</td><td>9</td></tr></table><ul><li>mattina &amp; sera</li></ul>"
        "<p>Vecchio testo</p><li>voce</li><p>Grezzo</p><h3>Dettagli</h3><p>Da lunedì orari</p>"
    )
    assert plone.text_of(held) == plone.text_of({"descrizione_estesa": held}) == expected


def test_an_item_without_a_text_has_none_and_a_private_one_is_not_named() -> None:
    assert news(item(text=None)).links[0].content is None
    assert news(item(review_state="private"), item("eventi/festa"), 7, {}).links == ()


def test_a_classic_plone_is_asked_below_its_portal_and_volto_below_the_root() -> None:
    classic = home(f'</head><body data-base-url="{HOME}Plone/it" data-portal-url="{HOME}Plone">', url=f"{HOME}Plone/it")
    assert urls("plone", classic) == [f"{HOME}Plone/++api++/{plone.QUERY}", f"{HOME}Plone/{plone.QUERY}"]
    volto = home('<script>window.env = {"apiPath":"http://backend:8080/Plone"}</script>', url=f"{HOME}it")
    assert urls("plone", volto) == [f"{HOME}++api++/{plone.QUERY}", f"{HOME}api/{plone.QUERY}"]


# Ghost


def test_a_ghost_post_gives_its_day_in_rome_and_its_text_unless_it_is_for_members() -> None:
    one = {
        "url": f"{HOME}orari/",
        "title": "Nuovi orari",
        "published_at": "2025-05-05T23:30:00.000+00:00",
        "html": BODY,
        "custom_excerpt": "Cambiano gli orari.",
    }
    members = one | {"url": f"{HOME}soci/", "access": False, "published_at": None}
    answer = {"posts": [one, members], "meta": {"pagination": {"page": 1, "next": 2}}}
    reading = read("ghost", answer, GHOST)
    assert reading.links == (
        Link(f"{HOME}orari/", "Nuovi orari", "2025-05-06", "api", f"<p>Cambiano gli orari.</p>{BODY}"),
        Link(f"{HOME}soci/", "Nuovi orari", None, "api", None),
    )
    assert asked(reading)["page"] == "2"
    assert read("ghost", answer | {"meta": {"pagination": {"next": None}}}, GHOST).following == ()


def test_ghosts_key_stands_in_the_page_and_its_feed_is_there_without_one() -> None:
    script = f'<script defer src="/portal.js" data-ghost="{HOME}" data-key="0123456789abcdef0123456789"></script>'
    assert urls("ghost", home(script))[0].startswith(f"{HOME}ghost/api/content/posts/?key=0123456789abcdef0123456789&")
    assert urls("ghost", home()) == [f"{HOME}rss/"]


# OpenCity


def article(number: int = 908, **more: Any) -> dict[str, Any]:
    return {
        "metadata": {"id": number, "published": "2026-08-11T09:00:00+02:00", "name": {"ita-IT": "Nuovi orari"}},
        "data": {
            "eng-GB": {"title": "New hours", "body": "<p>x</p>"},
            "ita-IT": {
                "title": "Nuovi orari",
                "abstract": "<p>Cambiano gli orari.</p>",
                "body": BODY,
                "published": "2026-08-09T00:00:00+02:00",
            },
        },
        "extradata": {"ita-IT": {"urlAlias": "/Novita/Avvisi/Nuovi-orari"}},
    } | more


SEARCH = f"{HOME}{opencity.SEARCH[1:]}"


def test_an_article_of_opencitys_search_has_the_address_for_people_and_the_day_that_its_text_gives() -> None:
    answer = {"searchHits": [article(), article(5, extradata={})], "totalCount": 2}
    assert read("opencity", answer, SEARCH).links == (
        Link(
            f"{HOME}Novita/Avvisi/Nuovi-orari",
            "Nuovi orari",
            "2026-08-09",
            "api",
            f"<p>Cambiano gli orari.</p>{BODY}",
        ),
        Link(f"{HOME}openpa/object/5", "Nuovi orari", "2026-08-09", "api", f"<p>Cambiano gli orari.</p>{BODY}"),
    )


def test_opencitys_search_is_asked_from_the_article_at_which_the_last_answer_ended() -> None:
    reading = read("opencity", {"searchHits": [article(1), article(2)], "totalCount": 5}, SEARCH)
    assert asked(reading)["q"].endswith(" and offset 2")
    again = read("opencity", {"searchHits": [article(3)], "totalCount": 5}, reading.following[0].url)
    assert asked(again)["q"].endswith(" and offset 3")
    assert "classes [article]" in asked(again)["q"]
    assert read("opencity", {"searchHits": [article()], "totalCount": 1}, SEARCH).following == ()
    assert read("opencity", {"searchHits": [], "totalCount": 9}, SEARCH).following == ()


def test_an_item_of_opencitys_api_is_found_by_its_identifier() -> None:
    entry = {
        "id": "abc123",
        "uri": f"{HOME}api/openapi/novita/notizie/abc123#nuovi-orari",
        "title": "Nuovi orari",
        "abstract": "",
        "body": BODY,
        "published": "2026-08-09",
        "published_at": "2026-08-11T09:00:00+02:00",
    }
    url = f"{HOME}{opencity.API[1:]}"
    reading = read("opencity", {"items": [entry, {}], "count": 70, "next": "…"}, url)
    assert reading.links == (Link(f"{HOME}openpa/object/abc123", "Nuovi orari", "2026-08-09", "api", BODY),)
    assert asked(reading) == {"limit": "50", "offset": "2"}


# myPortal


def test_the_news_of_myportal_have_the_day_that_their_editors_set_and_no_text() -> None:
    entity = {
        "name": "Allerta n 0992026",
        "firstPublishedAt": "2026-09-16T09:55:30.793Z",
        "attributes": {
            "sys_title": "Allerta n° 099/2026",
            "sys_start_pub_date": "2026-09-15T22:00:00.000Z",
            "sys_canonical_url": "/novita/avvisi/allerta",
        },
    }
    bare = {"name": "Orari", "firstPublishedAt": "2026-09-16T22:30:00Z", "attributes": {"sys_canonical_url": "a"}}
    answer = {
        "status": "ok",
        "page": {"index": 1, "entitiesCount": 3, "entities": [entity, bare, {"attributes": None}]},
    }
    reading = read("myportal", answer, MYPORTAL)
    assert reading.links == (
        Link(f"{HOME}novita/avvisi/allerta", "Allerta n° 099/2026", "2026-09-16", "api"),
        Link(f"{HOME}a", "Orari", "2026-09-17", "api"),
    )
    assert asked(reading)["pageIndex"] == "2"
    assert read("myportal", answer, MYPORTAL.replace("pageIndex=1", "pageIndex=2")).following == ()


def test_myportal_is_asked_for_the_kind_of_news_of_its_region_by_the_bodys_code() -> None:
    page = home('<script src="/myportal/C_L407/main.js"></script>')
    assert urls("myportal", page)[0].startswith(f"{HOME}myportal/C_L407/api/content?type=pnrr_news&")
    assert urls("lepida", page)[0].startswith(f"{HOME}myportal/C_L407/api/content?type=rer_news&")
    assert urls("lepida", home()) == []


# All of them


@pytest.mark.parametrize(
    ("strategy", "url"),
    [("wordpress", POSTS), ("plone", ITEMS), ("ghost", GHOST), ("opencity", SEARCH), ("myportal", MYPORTAL)],
)
@pytest.mark.parametrize("answer", [b"", b"<html>Accesso negato</html>", b"null", b'"x"', b"{}", b'{"items": 3}', b"7"])
def test_an_answer_that_is_not_the_interfaces_is_unreadable(strategy: str, url: str, answer: bytes) -> None:
    with pytest.raises(Unreadable):
        read(strategy, answer, url)


@pytest.mark.parametrize("strategy", ["wordpress", "plone", "ghost", "opencity", "myportal"])
def test_an_interface_is_asked_for_json(strategy: str) -> None:
    assert ACCEPT[strategy] == "application/json"


def test_every_route_is_marked_as_found_on_the_site_and_has_a_reader() -> None:
    page = home('<script src="/myportal/C_L407/main.js" data-key="0123456789abcdef0123456789"></script>')
    platforms = {signature.platform for signature in SIGNATURES} | {variant.platform for _, variant in VARIANTS}
    found = [route for name in platforms for route in (*routes_of(name, page), *lists_of(name, page))]
    assert found
    assert all(route.advertised and route.start == route.url and route.strategy in STRATEGIES for route in found)
    assert platforms >= LISTS.keys()


def test_what_no_platform_is_known_for_is_not_guessed() -> None:
    assert routes_of("unknown", home()) == lists_of("unknown", home()) == []
    assert routes_of("mai-sentita", home()) == lists_of("mai-sentita", home()) == []


@pytest.mark.parametrize(
    ("platform", "page", "expected"),
    [
        ("municipium", home(), ("listing", f"{HOME}it/news")),
        ("opencity", home(url=f"{HOME}it"), ("listing", f"{HOME}Novita/Comunicati")),
        ("peopleweb", home(), ("feed", f"{HOME}Rss")),
        ("drupal", home(url=f"{HOME}it"), ("listing", f"{HOME}it/notizie")),
        ("plone", home(url=f"{HOME}Plone"), ("listing", f"{HOME}Plone/novita")),
        ("wordpress_design_comuni", home(), ("listing", f"{HOME}tipi_notizia/avvisi/")),
        ("magnolia", home(), ("feed", f"{HOME}home/novita.rss")),
        ("hgate_egov", home(), ("listing", f"{HOME}novita/avvisi/avvisi.html")),
        (
            "hgate_egov",
            home('<a href="/EG0/EGSCHTST45.HBL?MESSA=PUBBLICA&amp;en=eg176">Uffici</a>'),
            ("listing", f"{HOME}EG0/EGSCHTST6.HBL?en=eg176&MESSA=PUBBLICA"),
        ),
    ],
)
def test_a_platforms_usual_lists_are_known(platform: str, page: Response, expected: tuple[str, str]) -> None:
    assert expected in [(route.strategy, route.url) for route in lists_of(platform, page)]
