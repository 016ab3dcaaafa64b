"""The chamber's economic observatory, after Plone's classic pages, which show no date."""

from collections.abc import Sequence

from crawler.demo.markup import page, paragraphs, teaser, text
from crawler.demo.releases import Release
from crawler.demo.written import written

NAME = "Osservatorio economico di Valdoria"

_FRAME = """<body id="visual-portal-wrapper" class="col-content col-one frontend portaltype-news-item section-comunicati template-newsitem_view" dir="ltr">
<header id="portal-top"><div id="portal-header"><a id="portal-logo" title="{name}" href="/osservatorio">{name}</a>
<div id="portal-searchbox"><form id="searchGadget_form" action="/osservatorio/@@search" role="search"><label class="hiddenStructure" for="searchGadget">Cerca nel sito</label>
<input name="SearchableText" id="searchGadget"></form></div></div></header>
<div id="portal-mainnavigation"><ul class="navbar-nav" id="portal-globalnav"><li class="nav-item"><a href="/osservatorio">Home</a></li>
<li class="nav-item"><a href="/osservatorio/comunicati">Comunicati</a></li><li class="nav-item"><a href="/osservatorio/contatti">Contatti</a></li></ul></div>
<article id="portal-column-content"><article id="content">
{content}
</article></article>
<aside id="portal-column-two"><div class="portletWrapper"><section class="portlet portletNews"><header class="portletHeader"><a href="/osservatorio/comunicati">Notizie</a></header>
<ul>{latest}</ul></section></div></aside>
<footer id="portal-footer-wrapper"><div class="portletWrapper" id="portal-footer-signature">Plone® Open Source CMS è © 2000-2026 della Fondazione Plone ed altri.</div></footer>
</body>"""


def framed(title: str, content: str, latest: Sequence[Release] = (), head: str = "") -> str:
    """A page of the observatory; a portlet beside it shows the newest releases with their days."""
    rows = "\n".join(
        f'<li class="portletItem"><a href="{each.address}" class="tile">{text(each.title)}'
        f'<span class="portletItemDetails">{written(each.day, "slashes")}</span></a></li>'
        for each in latest
    )
    return page(
        f"{title} — {NAME}",
        _FRAME.format(name=NAME, content=content, latest=rows),
        f'<meta name="generator" content="Plone - https://plone.org/">\n{head}',
        ' xmlns="http://www.w3.org/1999/xhtml"',
    )


def entry(release: Release, address: str) -> str:
    """A release in a folder's list; those that were never given a day of publication have none there either."""
    day = (
        f'<div class="documentByLine"><span class="documentPublished"><span>pubblicato</span> <span>{written(release.day, "slashes")}</span></span></div>'
        if release.listed
        else ""
    )
    return f"""<article class="entry"><header><span class="summary"><a href="{address}" class="contenttype-news-item state-published url" title="News Item">{text(release.title)}</a></span>
{day}</header><p><span class="description">{text(teaser(release.paragraphs[0]))}</span></p></article>"""


def listing(title: str, entries: str) -> str:
    """A folder's list."""
    return framed(
        title, f'<header><h1 class="documentFirstHeading">{title}</h1></header><div id="content-core"><div class="entries">\n{entries}\n</div></div>'
    )  # fmt: skip


def detail(release: Release, address: str, base: str, latest: Sequence[Release]) -> str:
    """A release's page: headline and text, no date."""
    return framed(
        release.title,
        f"""<header><div id="viewlet-above-content-title"></div><h1>{text(release.title)}</h1></header>
<div id="viewlet-above-content-body"></div>
<div id="content-core"><section id="section-text"><div id="parent-fieldname-text">
{paragraphs(release.paragraphs)}
</div></section></div>
<div id="viewlet-below-content-body"><section id="section-category"><div class="viewlet keywords-viewlet">
<a class="btn btn-sm" href="/osservatorio/@@search?Subject%3Alist=economia" rel="nofollow"><span>economia</span></a></div></section></div>""",
        latest,
        f'<link rel="canonical" href="{base}{address}">\n<meta property="og:title" content="{text(release.title)}">',
    )
