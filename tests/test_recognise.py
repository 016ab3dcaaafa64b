"""Platforms by their signatures, and what must not be taken for one."""

import pytest
from scrapy.http import HtmlResponse, Response, TextResponse

from spiders.discovery.recognise import UNKNOWN, evidence, needs_javascript, platform_of

HOME = "https://www.comune.prova.it/"
CHAMBER = "https://www.xx.camcom.it/"
WORDS = "<main><h1>Comune di Prova</h1><p>" + "Gli uffici ricevono il pubblico su appuntamento. " * 12 + "</p></main>"


def answer(markup: str, url: str = HOME, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = f"<!doctype html><html><head><title>Prova</title></head><body>{markup}{WORDS}</body></html>"
    return HtmlResponse(url, body=body.encode(), encoding="utf-8", headers=named)


def named(markup: str, url: str = HOME, **headers: str) -> str:
    return platform_of(answer(markup, url, **headers)).platform


def sheet(href: str) -> str:
    return f'<link rel="stylesheet" href="{href}">'


def generator(name: str) -> str:
    return f'<meta name="generator" content="{name}">'


def link(href: str) -> str:
    return f'<a href="{href}">Leggi</a>'


THEME = "/wp-content/themes/design-comuni-wordpress-theme-main"


@pytest.mark.parametrize(
    ("platform", "markup"),
    [
        ("wordpress_design_comuni", generator("WordPress 6.8") + sheet(f"{HOME}{THEME}/style.css?ver=1")),
        ("wordpress_design_comuni", sheet(f"{THEME[1:]}-child/assets/css/comuni.css")),  # a relative address
        ("wordpress_design_comuni", f"<link rel=stylesheet href={THEME}/style.css>"),  # minified
        ("wordpress_design_comuni", "<link rel='stylesheet' id='dci-comuni-css' href='/wp-content/cache/x.css'>"),
        ("wordpress_design_comuni", sheet("/wp-content/themes/comune/x.css") + link("/tipi_notizia/avvisi/")),
        ("wordpress", sheet("/wp-includes/css/dist/block-library/style.min.css")),
        ("wordpress", '<link rel="https://api.w.org/" href="https://www.comune.prova.it/index.php?rest_route=/">'),
        ("wordpress", '<meta content="WordPress 6.1" name=generator>'),
        ("wordpress", '<img srcset="/wp-content/uploads/2025/01/a.jpg 300w">'),
        ("plone", generator("Plone - https://plone.org/")),
        ("plone", sheet("https://www.comune.prova.it/++webresource++6aa4/++plone++static/bundle.css")),
        ("plone", '<img src="/novita/notizie/orari/@@images/image-400.jpeg">'),
        ("drupal", generator("Drupal 10 (https://www.drupal.org)")),
        ("drupal", sheet("/sites/default/files/css/css_4M3FFf.css")),
        ("drupal", '<div data-drupal-messages-fallback class="hidden"></div><script src="/core/misc/drupal.js"></script>'),
        ("drupal_torino", '<svg><use xlink:href="/themes/custom/csi_comuni/svg/sprites.svg#it-search"></use></svg>'
                          + generator("Drupal 9")),
        ("drupal_camcom", sheet("/sites/default/files/css/a.css") + '<img src="/sites/default/files/contenuto_redazione/a.jpg">'),
        ("opencity", sheet("/extension/openpa_bootstrapitalia/design/bootstrapitalia2/stylesheets/comuni.css")),
        ("opencity", '<link rel="preload" as="image" href="https://flyimg.opencityitalia.it/upload/w_800/logo.png">'),
        ("opencity", link("/openpa/object/908")),
        ("municipium", '<img src="https://prova-api.municipiumapp.it/s3/150x150/s3/1234/logo.png">'),
        ("municipium", link("https://cloud-ita.municipiumapp.it/s3/1234/allegati/bando.pdf")),
        ("hgate_egov", '<script src="https://www.comune.prova.it/schiocciola.js"></script>'),
        ("hgate_egov", link("/EG0/EGSCHTST6.HBL?en=eg176&MESSA=PUBBLICA")),
        ("hgate_egov", """<script>document.write("<a href=\\"/EG0/EGHOMEPAGE.HBL?en=eg1\\">Home</a>")</script>"""),
        ("hgate_egov", link("/novita/comunicati_stampa/novita_138.html")),
        ("hgate_egov", sheet("/assets/bootstrap-italia/css/bootstrap-italia.min.css") + sheet("/assets/css/color.css")),
        ("openweb_soluzionipa", '<script src="/openweb/js/popper.min.js"></script>'),
        ("peopleweb", sheet("assets\\bootstrap-italia\\dist\\css/bootstrap-italia-comuni.min.css")),
        ("peopleweb", link("Dettaglionews?IDNews=405906")),
        ("peopleweb", link("Uffici?IDUfficio=12")),
        ("peopleweb", '<img src="/portals/2011/SiscomArchivio/6/foto.jpg">'),
        ("citta_in_comune", '<script src="https://cdn.cittaincomune.it/js/app.js"></script>'),
        ("citta_in_comune", sheet("assets\\bootstrap-italia\\a.css") + link("/ita/rss.aspx")),
        ("comweb", generator("ComWeb - www.epublic.it")),
        ("comweb", '<img src="/it-it/immagine/img-1234-1-abc">'),
        ("comweb", link("/it-it/novita/avvisi/2026/orari-398155-1-d405aefc76882e343a458e4c8144d5bb")),
        ("agendasmart", link("https://www.comune.prova.it/agenda-smart")),
        ("magnolia", sheet("/.resources/comune-theme/webresources/css/main.css")),
        ("magnolia", '<img src="/dam/jcr:01234567-89ab-cdef-0123-456789abcdef/foto.jpg">'),
        ("myportal", '<script src="/myportal/C_L407/assets/main.js"></script>'),
        ("myportal", sheet("/node_modules/bootstrap-italia/dist/css/a.css") + '<script>var ente = {ipa: "C_A757"}</script>'),
        ("lepida", '<script src="/myportal/C_H720/main.js"></script><script>var kinds = ["rer_news"]</script>'),
        ("liferay", "<script>Liferay.ThemeDisplay = {getLayoutId: function() {return '1'}}</script>"),
        ("liferay", sheet("/o/comune-theme/css/main.css?browserId=other")),
        ("isweb", '<img src="/moduli/output_media.php?file=enti/logo.png">'),
        ("isweb", link("/pagina478_bandi-aperti.html")),
        ("isweb", '<img src="https://prova.iswebcloud.it/moduli/logo.png">'),
        ("halley", '<script src="/km/design-web-toolkit/build.js"></script>'),
        ("halley", link("/hh/index.php?jvs=0&acc=1")),
        ("opencms", sheet("/export/system/modules/it.prova.comuni/resources/css/main.css")),
        ("opencms", sheet("/system/modules/it.prova.comuni/resources/css/main.css")),
        ("ghost", generator("Ghost 5.80")),
        ("ghost", '<script defer src="https://cdn.jsdelivr.net/x.js" data-ghost="https://www.prova.it/" data-key="ab"></script>'),
        ("joomla", generator("Joomla! - Open Source Content Management")),
        ("typo3", '<script src="/typo3temp/assets/js/a.js"></script>'),
    ],
)  # fmt: skip
def test_a_platform_is_recognised_by_what_its_pages_cannot_hide(platform: str, markup: str) -> None:
    assert named(markup) == platform


@pytest.mark.parametrize(
    ("platform", "headers"),
    [
        ("hgate_egov", {"Server": "HGATE"}),
        ("plone", {"X_Powered_By": "Zope (www.zope.dev), Python (www.python.org)"}),
        ("drupal", {"X_Generator": "Drupal 10 (https://www.drupal.org)"}),
        ("drupal", {"X_Drupal_Dynamic_Cache": "HIT"}),
        ("liferay", {"Liferay_Portal": "Liferay Digital Experience Platform"}),
        ("opencms", {"Server": "OpenCms/11.0"}),
        ("wordpress", {"Link": '<https://www.comune.prova.it/wp-json/>; rel="https://api.w.org/"'}),
    ],
)
def test_a_platform_is_recognised_by_a_header(platform: str, headers: dict[str, str]) -> None:
    assert named("", **headers) == platform


def test_the_chambers_drupal_is_their_own_and_another_bodys_is_not() -> None:
    markup = generator("Drupal 9")
    assert named(markup, CHAMBER) == named(markup, "https://www.yy.camcom.gov.it/it") == "drupal_camcom"
    assert named(markup, "https://www.camcom.it.example.org/") == "drupal"
    assert named(generator("Plone"), CHAMBER) == "plone"


def test_myportal_is_lepidas_in_emilia_romagna() -> None:
    shell = '<script src="/myportal/C_A944/main.js"></script>'
    assert named(shell, "https://www.comune.anzoladellemilia.bo.it/") == "lepida"
    assert named(shell, "https://www.comune.bologna.it/") == "lepida"
    assert named(shell, "https://www.comune.belluno.it/") == "myportal"


@pytest.mark.parametrize(
    "markup",
    [
        "",
        "<p>Il nuovo sito è stato realizzato con WordPress, Drupal, Plone, Municipium e Liferay.</p>",
        "<p>RSS, Notizie, Novità, Halley, Magnolia, Lepida, Ghost</p>",
        '<a href="https://wordpress.org/">WordPress</a> <a href="https://www.drupal.org/">Drupal</a>',
        '<img src="https://www.altrocomune.it/wp-content/uploads/2025/foto.jpg">',
        '<a href="https://www.altrocomune.it/wp-content/uploads/2025/bando.pdf">Bando</a>',
        '<img src="https://www.altrocomune.it/sites/default/files/foto.jpg">',
        '<a href="https://www.halleyweb.com/c012345/zf/index.php/atti-amministrativi/delibere">Albo pretorio</a>',
        '<a href="https://www.altracamera.it/pagina12_bandi.html">Bandi</a>',
        '<a href="https://www.comune.bologna.it/myportal/C_A944/api/content/download?id=1">Avviso</a>',
        '<link rel="stylesheet" href="/assets/bootstrap-italia/css/bootstrap-italia.min.css">',
        '<link rel="stylesheet" href="/bootstrap-italia/dist/css/bootstrap-italia-comuni.min.css">',
        '<script src="https://static.opencityitalia.it/widgets/login-box/bootstrap-italia@2/js/login-box.js"></script>',
        '<meta name="generator" content="Hugo 0.120"><script src="/js/main.js"></script>',
        '<meta name="description" content="Drupal e WordPress a confronto">',
    ],
)
def test_what_only_speaks_of_a_platform_or_leads_to_one_names_none(markup: str) -> None:
    assert named(markup) == UNKNOWN


@pytest.mark.parametrize(
    ("platform", "markup"),
    [
        # Notices and transparency are often another vendor's, on the town hall's own host or elsewhere.
        ("wordpress", generator("WordPress 6.5") + link("/c012345/zf/index.php/atti") + link("/pagina1_atti.html")),
        ("drupal", generator("Drupal 10") + link("https://prova-api.municipiumapp.it/s3/1/bando.pdf")),
        ("plone", generator("Plone") + '<img src="/wp-content/uploads/2019/vecchia.jpg">'),
        ("wordpress", sheet("/wp-includes/a.css") + generator("All in One SEO (AIOSEO) 4.9.9")),
    ],
)
def test_what_a_site_declares_outweighs_what_it_links_to(platform: str, markup: str) -> None:
    assert named(markup) == platform


def test_the_evidence_is_what_was_seen_and_all_of_it_can_be_told() -> None:
    page = answer(generator("WordPress 6.8") + sheet(f"{THEME}/style.css"))
    assert platform_of(page).seen == f"{THEME}/"
    assert ("wordpress", "WordPress") in {(each.platform, each.seen) for each in evidence(page)}
    assert platform_of(TextResponse(HOME, body=b"{}")).platform == UNKNOWN
    assert platform_of(Response(HOME, body=b"%PDF-1.7")).platform == UNKNOWN


@pytest.mark.parametrize(
    ("body", "empty"),
    [
        ('<div id="root"></div><script src="/static/js/main.js"></script>', True),
        ("<app-root>Caricamento in corso</app-root><script src=/main.1a2b.js type=module></script>", True),
        ('<noscript>Per usare il sito attiva JavaScript.</noscript><script src="/a.js"></script>', True),
        (f'<div id="root">{WORDS}</div><script src="/static/js/main.js"></script>', False),
        ("<h1>Sito in costruzione</h1>", False),
        ('<script>location.href = "/home"</script>', False),
        ('<h1>Accesso</h1><form><input name="user"></form><script src="/login.js"></script>', False),
    ],
)
def test_a_page_needs_javascript_where_it_has_no_words_and_a_script_would_fill_it(body: str, empty: bool) -> None:
    page = HtmlResponse(
        HOME, body=f"<html><head><title>Comune di Prova</title></head><body>{body}</body></html>".encode()
    )
    assert needs_javascript(page) is empty


def test_an_answer_that_is_no_text_needs_no_javascript() -> None:
    assert needs_javascript(Response(HOME, body=b"\x00")) is False
