"""The next page of a list, as pagers name it, and what only looks like one."""

import pytest
from scrapy.http import HtmlResponse

from tests.lists import DRUPAL, URL, cards, page

PAGERS = {
    "rel": (URL, '<nav><a rel="next" href="?page=1">›</a></nav>', "?page=1"),
    "torino": (URL, '<ul class="pager"><li class="is-active">1</li><li><a href="?page=%2C1">2</a></li></ul>', "?page=%2C1"),
    "drupal": (
        f"{URL}?page=2",
        '<nav class="pager"><a href="?page=1">‹</a><span class="pager__item is-active">3</span><a href="?page=3" title="Vai alla pagina successiva">››</a></nav>',
        "?page=3",
    ),
    "opencity": (
        "https://www.comune.prova.it/Novita/Notizie/(offset)/24",
        '<ul class="pagination"><li><a href="/Novita/Notizie/">1</a></li><li class="active"><a aria-current="page">2</a></li>'
        '<li><a href="/Novita/Notizie/(offset)/48">3</a></li></ul>',
        "https://www.comune.prova.it/Novita/Notizie/(offset)/48",
    ),
    "plone": (
        URL,
        '<nav class="pagination"><ul><li class="active"><span>1</span></li><li><a href="?b_start:int=20">2</a></li>'
        '<li class="next"><a href="?b_start:int=20">Successivi 20 elementi</a></li></ul></nav>',
        "?b_start:int=20",
    ),
    "wordpress": (URL + "/", '<nav class="posts-navigation"><a href="/novita/notizie/page/2/">Articoli più vecchi</a></nav>', "/novita/notizie/page/2/"),
    "numbers": (f"{URL}?pagina=2", '<p class="paginazione"><a href="?pagina=1">1</a> <b>2</b> <a href="?pagina=3">3</a></p>', "?pagina=3"),
    "second of two pagers": (
        URL,
        '<ul class="pager"><li class="is-active">1</li><li><a rel="next" href="?page=%2C1">2</a></li></ul></main>'
        '<section><h2>Eventi</h2><ul class="pager"><li class="is-active">1</li><li><a rel="next" href="?page=1">2</a></li></ul></section>',
        "?page=%2C1",
    ),
    "further of two pagers": (
        f"{URL}?page=%2C1",
        '<ul class="pager"><li><a href="?page=%2C0">1</a></li><li class="is-active">2</li><li><a href="?page=%2C2">3</a></li></ul>',
        "?page=%2C2",
    ),
    "month": (
        "https://www.comune.prova.it/2025/03/",
        '<nav class="pagination"><span class="current">1</span><a href="/2025/03/page/2/">2</a></nav>',
        "/2025/03/page/2/",
    ),
    "last and older": (
        "https://www.comune.prova.it/novita/notizie/page/2/",
        '<nav class="nav-links"><div class="nav-next"><a href="/novita/notizie/">Articoli più recenti</a></div>'
        '<div class="nav-previous"><a href="/novita/notizie/page/3/">Articoli meno recenti</a></div></nav>',
        "/novita/notizie/page/3/",
    ),
    "paged": ("https://www.comune.prova.it/?cat=3", '<nav class="pagination"><a href="?cat=3&amp;paged=2">Successivo</a></nav>', "?cat=3&paged=2"),
    "p": ("https://www.comune.prova.it/news.php", '<div class="pagine"><b>1</b> <a href="news.php?p=2">2</a></div>', "news.php?p=2"),
    "settings added": (
        f"{URL}?b_start:int=10",
        '<ul class="pagination"><li class="active">2</li><li><a href="?sort_on=effective&amp;b_start:int=20">3</a></li></ul>',
        "?sort_on=effective&b_start:int=20",
    ),
    "page of a folder": (
        URL,
        '<ul class="pagination"><li class="active">1</li><li><a href="/novita/notizie/elenco?b_start:int=20">2</a></li></ul>',
        "/novita/notizie/elenco?b_start:int=20",
    ),
    "button with an address": (URL, '<button class="btn" data-url="/novita/notizie?page=1">Carica altri risultati</button>', "/novita/notizie?page=1"),
    "load more": (URL, '<div class="text-center"><a href="?pag=2">Carica altri</a></div>', "?pag=2"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGERS)
def test_the_next_page_is_found(name: str) -> None:
    url, pager, following = PAGERS[name]
    reading = page(cards(DRUPAL).replace("</main>", pager + "</main>"), url)
    base = HtmlResponse(url)
    assert [route.url for route in reading.following] == [base.urljoin(following)]
    assert all(link.url != base.urljoin(following) for link in reading.links)


@pytest.mark.parametrize(
    "pager",
    [
        '<div class="calendar"><a href="?month=6">giugno ›</a><table><tr><td><a href="?day=2">2</a></td></tr></table></div>',
        '<nav class="pager"><span class="active">6</span><a class="disabled" href="?page=6">Successiva</a></nav>',
        '<nav class="pager"><a href="?page=0">« Precedente</a><span class="active">1</span></nav>',
        '<p><a href="/novita/notizie/altra-notizia">Notizia successiva</a></p>',
        '<div class="calendario"><a href="/novita/notizie/2">Successivo</a></div>',
        "<table class=\"pager\"><tr><td><span>1</span></td><td><a href=\"javascript:__doPostBack('gv','Page$2')\">2</a></td></tr></table>",
        '<button class="load-more" data-page="2" data-url="/wp-admin/admin-ajax.php">Carica altri</button>',
    ],
)
def test_calendars_ended_pagers_and_other_links_are_no_next_page(pager: str) -> None:
    assert page(cards(DRUPAL).replace("</main>", pager + "</main>")).following == ()


def test_the_last_page_of_a_blog_does_not_lead_back_to_newer_posts() -> None:
    pager = '<nav class="nav-links"><div class="nav-next"><a href="/novita/notizie/page/2/">Articoli più recenti</a></div></nav>'
    main = cards(DRUPAL).replace("</main>", f"{pager}</main>")
    assert page(main, "https://www.comune.prova.it/novita/notizie/page/3/").following == ()


def test_the_next_article_that_an_article_names_is_no_further_page() -> None:
    main = '<link rel="next" href="/novita/notizie/altra">' + cards(DRUPAL)
    assert page(main).following == ()


def test_the_further_page_belongs_to_the_list_that_it_continues() -> None:
    [route] = page(cards(DRUPAL).replace("</main>", PAGERS["rel"][1] + "</main>")).following
    assert (route.strategy, route.start) == ("listing", URL)
