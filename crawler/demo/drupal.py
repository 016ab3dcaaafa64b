"""The chamber's news, after the Drupal sites that many chambers of commerce use."""

from collections.abc import Sequence

from crawler.demo.markup import page, paragraphs, teaser, text
from crawler.demo.releases import Release, Trap
from crawler.demo.written import moment, written

NAME = "Camera di commercio di Valdoria"
A_PAGE = 7

_FRAME = """<body class="path-node page-node-type-notizia">
<a href="#main-content" class="visually-hidden focusable skip-link">Salta al contenuto principale</a>
<div class="dialog-off-canvas-main-canvas" data-off-canvas-main-canvas>
<header class="region region-header"><div class="block block-system-branding-block"><a href="/" rel="home">{name}</a></div>
<nav class="block block-menu navigation menu--main" aria-labelledby="block-main-menu"><h2 class="visually-hidden" id="block-main-menu">Navigazione principale</h2>
<ul class="menu menu--main nav"><li><a href="/camera">La Camera</a></li><li><a href="/servizi">Servizi</a></li><li><a href="/notizie">Notizie</a></li>
<li><a href="/osservatorio/comunicati">Osservatorio economico</a></li><li><a href="/contatti">Contatti</a></li></ul></nav></header>
<main role="main" id="main-content"><div class="region region-content">
{content}
</div></main>
<aside class="region region-sidebar-second"><section class="block block-views block-views-blockultime-notizie">
<h2 class="block-title">Ultime notizie</h2><div class="view-content">{latest}</div></section></aside>
<footer class="region region-footer"><p>© 2019-2026 {name} - Via Cavour 12, Valdoria - Partita Iva 01230450678</p>
<ul class="menu nav"><li><a href="/privacy">Privacy</a></li><li><a href="/note-legali">Note legali</a></li></ul></footer>
</div></body>"""


def framed(title: str, content: str, latest: Sequence[Release] = (), head: str = "") -> str:
    """A page of the chamber's site; the newest releases stand beside every page."""
    rows = "\n".join(
        f'<div class="views-row"><div class="views-field views-field-created"><time datetime="{_moment(each)}">'
        f'{written(each.day, "slashes")}</time></div><a href="{each.address}">{text(each.title)}</a></div>'
        for each in latest
    )
    return page(
        f"{title} | {NAME}",
        _FRAME.format(name=NAME, content=content, latest=rows),
        f'<meta name="Generator" content="Drupal 10 (https://www.drupal.org)">\n{head}',
        ' dir="ltr" prefix="og: https://ogp.me/ns#"',
    )


def teaser_row(release: Release | Trap, address: str) -> str:
    """A release in the list."""
    summary = teaser(release.paragraphs[0]) if isinstance(release, Release) else ""
    return f"""<div class="views-row"><article class="node node--type-notizia node--view-mode-teaser">
<div class="node__meta"><time datetime="{_moment(release)}" class="datetime">{written(release.day, "capital")}</time></div>
<h2 class="node__title"><a href="{address}" rel="bookmark"><span class="field field--name-title">{text(release.title)}</span></a></h2>
<div class="field field--name-body field--type-text-with-summary">{text(summary)}</div>
<ul class="links inline list-inline"><li class="node-readmore"><a href="{address}" title="{text(release.title)}">Leggi tutto</a></li></ul>
</article></div>"""


def listing(rows: str, number: int, count: int) -> str:
    """A page of the list; Drupal counts pages from zero."""
    items = "".join(
        f'<li class="pager__item{" is-active" if each == number else ""}"><a href="?page={each}" title="Vai alla pagina {each + 1}">'
        f'<span class="visually-hidden">Pagina</span> {each + 1}</a></li>'
        for each in range(count)
    )
    following = (
        f'<li class="pager__item pager__item--next"><a href="?page={number + 1}" title="Vai alla pagina successiva" rel="next">'
        '<span class="visually-hidden">Pagina successiva</span><span aria-hidden="true">››</span></a></li>'
        if number + 1 < count
        else ""
    )
    return framed(
        "Notizie",
        f"""<h1 class="page-header">Notizie</h1><div class="views-element-container"><div class="view view-notizie view-id-notizie">
<div class="view-filters"><ul><li><a href="/notizie?f%5B0%5D=tema%3Aexport" class="facet-item">Export</a></li>
<li><a href="/notizie?f%5B0%5D=tema%3Abandi" class="facet-item">Contributi</a></li></ul></div>
<div class="view-content">
{rows}
</div>
<nav class="pager" role="navigation" aria-labelledby="pagination-heading"><h4 id="pagination-heading" class="visually-hidden">Paginazione</h4>
<ul class="pager__items js-pager__items">{items}{following}</ul></nav></div></div>""",
    )


def detail(release: Release, base: str, latest: Sequence[Release]) -> str:
    """A release's page, dated by its `<time>`."""
    lead = [f"<strong>{text(release.lead)}</strong>"] if release.lead else []
    return framed(
        release.title,
        f"""<article class="node node--type-notizia node--view-mode-full"><h1 class="page-header"><span class="field field--name-title">{text(release.title)}</span></h1>
<div class="node__content"><div class="field field--name-field-data field--type-datetime"><time datetime="{_moment(release)}" class="datetime">{written(release.day, "capital")}</time></div>
<div class="clearfix text-formatted field field--name-body field--type-text-with-summary field--label-hidden field__item">
{paragraphs((*lead, *release.paragraphs))}
</div>
<div class="field field--name-field-tema"><div class="field__label">Tema</div><div class="field__item"><a href="/taxonomy/term/7">Imprese</a></div></div></div></article>""",
        latest,
        f'<link rel="canonical" href="{base}{release.address}">\n<meta property="og:title" content="{text(release.title)}">\n'
        f'<meta property="og:site_name" content="{NAME}">',
    )


def message(title: str, intro: str) -> str:
    """A page of a few words: a section's own, or "not found"."""
    return framed(title, f'<h1 class="page-header">{title}</h1><div class="region-content__text"><p>{intro}</p></div>')


def _moment(release: Release | Trap) -> str:
    if isinstance(release, Release) and release.moment:
        return release.moment
    return f"{moment(release.day, '10:00'):%Y-%m-%dT%H:%M:%SZ}"
