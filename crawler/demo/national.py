"""The town hall's pages, after the national model of municipal sites (Bootstrap Italia, WordPress)."""

from collections.abc import Sequence
from datetime import date

from crawler.demo.markup import page, paragraphs, teaser, text
from crawler.demo.releases import Release, Trap
from crawler.demo.written import written

NAME = "Comune di Borgo San Lauro"
CATEGORIES = {"notizie": "Notizie", "comunicati": "Comunicati", "avvisi": "Avvisi"}
A_PAGE = 9  # cards on a page of a list

_FRAME = """<body class="wp-theme-comuni">
<div class="skiplink"><a class="visually-hidden-focusable" href="#main-container">Vai ai contenuti</a>
<a class="visually-hidden-focusable" href="#footer">Vai al footer</a></div>
<header class="it-header-wrapper">
<div class="it-header-slim-wrapper"><div class="container"><a class="navbar-brand" href="https://www.example.org/">Regione</a>
<a class="btn btn-primary btn-full" href="/area-personale/" data-element="personal-area-login">Accedi all'area personale</a></div></div>
<div class="it-header-center-wrapper"><div class="container">
<div class="it-brand-wrapper"><a href="/" title="Vai alla homepage"><div class="it-brand-text"><div class="it-brand-title">{name}</div>
<div class="it-brand-tagline">Provincia di Valdoria</div></div></a></div>
<div class="it-socials"><span>Seguici su</span><ul><li><a href="https://social.example/borgosanlauro"><span class="visually-hidden">Facebook</span></a></li></ul></div>
<div class="it-search-wrapper"><span class="d-none d-md-block">Cerca</span></div></div></div>
<div class="it-header-navbar-wrapper" id="header-nav-wrapper"><div class="container">
<nav aria-label="Principale"><ul class="navbar-nav" data-element="main-navigation">
<li class="nav-item"><a class="nav-link" href="/amministrazione/" data-element="management"><span>Amministrazione</span></a></li>
<li class="nav-item"><a class="nav-link" href="/novita/" data-element="news"><span>Novità</span></a></li>
<li class="nav-item"><a class="nav-link" href="/servizi/" data-element="all-services"><span>Servizi</span></a></li>
<li class="nav-item"><a class="nav-link" href="/vivere-il-comune/" data-element="live"><span>Vivere il Comune</span></a></li>
</ul></nav>
<nav aria-label="Secondaria"><ul class="navbar-nav navbar-secondary">
<li class="nav-item"><a class="nav-link" href="/argomento/istruzione/">Istruzione</a></li>
<li class="nav-item"><a class="nav-link" href="/argomento/mobilita/">Mobilità</a></li>
<li class="nav-item"><a class="nav-link" href="/argomenti/" data-element="all-topics">Tutti gli argomenti</a></li>
</ul></nav></div></div>
</header>
<main id="main-container">
{content}
</main>
<div class="modal fade search-modal" id="search-modal" tabindex="-1" role="dialog" aria-hidden="true"><div class="modal-dialog">
<form action="/" method="get" role="search"><h1 class="modal-title">Cerca nel sito</h1><input type="search" name="s">
<h2 class="h6">Forse stavi cercando</h2><ul><li><a href="/servizi/carta-d-identita/">Rilascio della carta d'identità</a></li>
<li><a href="/servizi/mensa/">Iscrizione alla mensa</a></li></ul></form></div></div>
<footer class="it-footer" id="footer"><div class="container">
<h2 class="no_toc">{name}</h2>
<div class="row"><div class="col-md-3"><h3 class="footer-heading-title">Novità</h3><ul class="footer-list">
<li><a href="/tipi_notizia/notizie/">Notizie</a></li><li><a href="/tipi_notizia/comunicati/">Comunicati</a></li>
<li><a href="/tipi_notizia/avvisi/">Avvisi</a></li></ul></div>
<div class="col-md-3"><h3 class="footer-heading-title">Contatti</h3><p>{name}<br>Piazza Garibaldi 1<br>Codice fiscale 80001230456</p>
<p>Centralino unico: 0555 010100</p></div></div>
<ul class="footer-bottom"><li><a href="/privacy/" data-element="privacy-policy-link">Informativa privacy</a></li>
<li><a href="/note-legali/" data-element="legal-notes">Note legali</a></li>
<li><a href="/accessibilita/" data-element="accessibility-link">Dichiarazione di accessibilità</a></li></ul>
<p class="copyright">© 2023-2026 {name} – Sito aggiornato il 20/11/2026</p></div></footer>
</body>"""


def _framed(title: str, content: str, head: str = "") -> str:
    return page(f"{title} - {NAME}", _FRAME.format(name=NAME, content=content), head)


def card(release: Release | Trap, address: str) -> str:
    """A release in a list: its category, a day with two digits for the year, its headline and how it begins."""
    category = CATEGORIES[release.category]
    lead = release.lead or teaser(release.paragraphs[0]) if isinstance(release, Release) else ""
    return f"""<div class="col-md-6 col-xl-4"><div class="card-wrapper border border-light rounded shadow-sm"><div class="card no-after rounded">
<div class="card-body"><div class="category-top"><a class="category text-decoration-none" href="/tipi_notizia/{release.category}/">{category}</a>
<span class="data">{written(release.day, "short")}</span></div>
<a href="{address}" class="text-decoration-none"><h3 class="card-title">{text(release.title)}</h3></a>
<p class="card-text text-secondary">{text(lead)}</p></div></div></div></div>"""


def listing(title: str, cards: str, path: str, number: int, count: int, ahead: str = "") -> str:
    """A page of a list, with its pager and the three categories; `ahead` are cards that stand before it."""
    ahead = ahead and f'<div class="container"><h2>In evidenza</h2><div class="row g-4">\n{ahead}\n</div></div>'
    return _framed(
        title,
        f"""<div class="container"><nav class="breadcrumb-container" aria-label="breadcrumb"><ol class="breadcrumb">
<li class="breadcrumb-item"><a href="/">Home</a></li><li class="breadcrumb-item active">{title}</li></ol></nav>
<h1>{title}</h1><p>Le notizie, i comunicati e gli avvisi del Comune.</p></div>
{ahead}
<div class="bg-grey-card py-5"><div class="container"><h2 class="text-secondary mb-4">Esplora tutte le novità</h2>
<div class="row g-4">
{cards}
</div>{_pager(path, number, count)}</div></div>
<div class="container py-5"><h2>Esplora per categoria</h2><div class="row">{_categories()}</div></div>
{_RATING}""",
    )


def home(cards: str) -> str:
    """The home page, which leads to the news and to the library's feed."""
    return _framed(
        "Home",
        f"""<section id="head-section"><h1 class="visually-hidden">{NAME}</h1><h2>Contenuti in evidenza</h2>
<div class="row g-4">{cards}</div>
<a class="btn btn-primary" href="/novita/"><span>Tutte le novità</span></a></section>
<section><h2>Servizi</h2><ul><li><a href="/servizi/carta-d-identita/">Carta d'identità elettronica</a></li>
<li><a href="/servizi/tari/">Tassa sui rifiuti</a></li></ul></section>
{_RATING}""",
        '<link rel="alternate" type="application/rss+xml" title="Biblioteca Lina Ferrero &raquo; Feed" href="/biblioteca/feed/">',
    )


def detail(release: Release, base: str, others: Sequence[Release]) -> str:
    """A release's page: its lead and a labelled date under the headline, and other releases' cards below."""
    title = text(release.title)
    lead = f'<p data-audio="">{text(release.lead)}</p>' if release.lead else ""
    related = "\n".join(card(other, other.address) for other in others)
    updated = _updated(release.updated) if release.updated else ""
    return _framed(
        release.title,
        f"""<div class="container" id="main-content"><nav class="breadcrumb-container" aria-label="breadcrumb"><ol class="breadcrumb" data-element="breadcrumb">
<li class="breadcrumb-item"><a href="/">Home</a></li><li class="breadcrumb-item"><a href="/novita/">Novità</a></li>
<li class="breadcrumb-item active" aria-current="page">{title}</li></ol></nav>
<div class="row"><div class="col-lg-8"><h1 data-audio="">{title}</h1><h2 class="visually-hidden">Dettagli della notizia</h2>
{lead}
<div class="row mt-5 mb-4"><div class="col-6"><small>Data:</small><p class="fw-semibold font-monospace">{written(release.day, release.form)}</p></div>
<div class="col-6"><small>Tempo di lettura:</small><p class="fw-semibold">{1 + len(release.paragraphs) // 4} min</p></div></div></div>
<div class="col-lg-3"><div class="dropdown"><button class="btn btn-dropdown" id="shareActions"><small>Condividi</small></button></div>
<h3 class="h6"><small>Argomenti</small></h3><ul class="d-flex"><li><a class="chip chip-simple" href="/argomento/istruzione/"><span class="chip-label">Istruzione</span></a></li></ul></div></div></div>
<div class="container"><div class="row"><aside class="col-lg-3"><nav class="it-navscroll-wrapper" aria-label="Indice della pagina"><ul class="link-list">
<li class="nav-item"><a class="nav-link" href="#descrizione"><span>Descrizione</span></a></li>
<li class="nav-item"><a class="nav-link" href="#a-cura-di"><span>A cura di</span></a></li></ul></nav></aside>
<section class="col-lg-9 it-page-sections-container">
<article id="descrizione" class="it-page-section anchor-offset"><div class="richtext-wrapper lora">
{paragraphs(release.paragraphs)}
</div></article>
<article id="a-cura-di" class="it-page-section anchor-offset mt-5"><h3>A cura di</h3><div class="card card-teaser rounded shadow-sm p-4"><div class="card-body">
<h4 class="card-title"><a href="/amministrazione/ufficio-comunicazione/">Ufficio comunicazione</a></h4><p class="card-text">Piazza Garibaldi 1, primo piano</p></div></div></article>
{updated}
</section></div></div>
<section class="bg-grey-card"><div class="container"><h2 class="h3">Potrebbero interessarti</h2><div class="row g-4">
{related}
</div></div></section>
{_RATING}""",
        f'<link rel="canonical" href="{base}{release.address}">\n<meta name="description" content="{text(release.lead)}">',
    )


def section(title: str, intro: str) -> str:
    """A page of the site that announces nothing."""
    return _framed(title, f'<div class="container"><h1>{title}</h1><p>{intro}</p></div>{_RATING}')


def _updated(day: date) -> str:
    return f"""<article id="ultimo-aggiornamento" class="anchor-offset mt-5"><h4 class="h6">Ultimo aggiornamento:
<span class="h6 fw-normal">{written(day, "slashes")}, 09:12</span></h4></article>"""


def _categories() -> str:
    return "\n".join(
        f"""<div class="col-md-4"><div class="card-wrapper"><div class="card"><div class="card-body"><h3 class="card-title t-primary">
<a class="text-decoration-none" href="/tipi_notizia/{slug}/" data-element="news-category-link">{name}</a></h3></div></div></div></div>"""
        for slug, name in CATEGORIES.items()
    )


def _pager(path: str, number: int, count: int) -> str:
    if count == 1:
        return ""
    items = "".join(
        f'<li class="page-item"><a class="page-link" href="{address(path, each)}"'
        f"{' aria-current=page' if each == number else ''}>{each}</a></li>"
        for each in range(1, count + 1)
    )
    following = (
        f'<li class="page-item"><a class="page-link" href="{address(path, number + 1)}">'
        '<span class="visually-hidden">Pagina successiva</span></a></li>'
        if number < count
        else ""
    )
    return f"""<nav class="pagination-wrapper" aria-label="Navigazione delle pagine"><ul class="pagination">{items}{following}</ul></nav>"""


def address(path: str, number: int) -> str:
    """The address of a page of a list."""
    return path if number == 1 else f"{path}page/{number}/"


_RATING = """<div class="bg-primary"><div class="container"><div class="cmp-rating"><h2 class="title-medium-2-semi-bold mb-0" data-element="feedback-title">
Quanto sono chiare le informazioni su questa pagina?</h2></div></div></div>
<div class="bg-grey-card"><div class="container"><div class="cmp-contacts"><h2 class="title-medium-2-semi-bold">Contatta il comune</h2><ul>
<li><a class="list-item" href="/domande-frequenti/" data-element="faq">Leggi le domande frequenti</a></li>
<li><a class="list-item" href="/servizi/segnalazione/" data-element="report-inefficiency">Segnala un disservizio</a></li></ul></div></div></div>"""
