"""The library's site, after WordPress: a feed with the full texts, and the posts."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from crawler.demo.markup import page, paragraphs, teaser, text
from crawler.demo.releases import Release
from crawler.demo.written import moment, written

NAME = "Biblioteca Lina Ferrero"
A_PAGE = 10  # items in a feed, as WordPress counts


def feed(posts: Sequence[Release], base: str) -> str:
    """A page of the feed. WordPress gives the hour in UTC, wherever the site is."""
    newest = max((_published(post) for post in posts), default=None)
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
	xmlns:content="http://purl.org/rss/1.0/modules/content/"
	xmlns:dc="http://purl.org/dc/elements/1.1/"
	xmlns:atom="http://www.w3.org/2005/Atom"
	>
<channel>
	<title>{NAME}</title>
	<atom:link href="{base}/biblioteca/feed/" rel="self" type="application/rss+xml" />
	<link>{base}/biblioteca/</link>
	<description>Leggere a Borgo San Lauro</description>
	<lastBuildDate>{format_datetime(newest) if newest else ""}</lastBuildDate>
	<language>it-IT</language>
	<generator>https://wordpress.org/?v=6.8</generator>
{"".join(_item(post, base) for post in posts)}
</channel>
</rss>
"""


def _item(post: Release, base: str) -> str:
    url = f"{base}{post.address}"
    return f"""
	<item>
		<title>{text(post.title)}</title>
		<link>{url}</link>
		<dc:creator><![CDATA[Silvia Boggero]]></dc:creator>
		<pubDate>{format_datetime(_published(post))}</pubDate>
		<category><![CDATA[Notizie dalla biblioteca]]></category>
		<guid isPermaLink="false">{base}/biblioteca/?p={post.day:%y%m%d}</guid>
		<description><![CDATA[{teaser(post.paragraphs[0], 240)} [&#8230;]]]></description>
		<content:encoded><![CDATA[
{paragraphs(post.paragraphs)}
]]></content:encoded>
	</item>"""


def post(release: Release, base: str) -> str:
    """A post's page."""
    when = _published(release).isoformat()
    return page(
        f"{release.title} – {NAME}",
        f"""<body class="post-template-default single single-post"><div class="wp-site-blocks"><header class="wp-block-template-part">
<p class="wp-block-site-title"><a href="/biblioteca/" rel="home">{NAME}</a></p><nav class="wp-block-navigation"><ul><li><a href="/">Il Comune</a></li></ul></nav></header>
<main><h1 class="wp-block-post-title">{text(release.title)}</h1>
<div class="wp-block-post-date"><time datetime="{when}">{written(release.day, "long")}</time></div>
<div class="entry-content wp-block-post-content">
{paragraphs(release.paragraphs)}
</div></main>
<footer class="wp-block-template-part"><p>Orgogliosamente realizzato con WordPress</p></footer></div></body>""",
        f'<link rel="canonical" href="{base}{release.address}">\n<meta property="article:published_time" content="{when}">',
    )


def _published(release: Release) -> datetime:
    return moment(release.day, release.clock)
