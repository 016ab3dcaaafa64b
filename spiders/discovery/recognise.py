"""Which content-management system serves a site, by what its pages cannot hide: their own assets, links and headers.

Every signature is anchored in an address, a header, the generator's name or a token of code: a bare word names no
platform (loose words made 81 false claims on 2,002 pages, anchored signatures none). What another host serves says
nothing of this one, unless only the vendor's own hosting would be loaded from there: a town hall may link to an album of
WordPress pictures, or to the notices that another product publishes for it. A new platform is a few lines here and a test.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import urljoin, urlsplit

from scrapy.http import Response

from spiders.discovery.addresses import domain_of
from spiders.discovery.markup import characters, parse
from spiders.values import Unreadable

UNKNOWN = "unknown"
_START = 400_000  # characters of a page that are looked at
_LONGEST = 2_000  # characters of an address; pictures that are written out are longer


@dataclass(frozen=True, slots=True)
class Evidence:
    """A platform, and the words of the page or its headers that give it away."""

    platform: str
    seen: str


class Place(Enum):
    """Where a signature is looked for."""

    HEADER = auto()  # "Name: value" of each header
    GENERATOR = auto()  # what `<meta name=generator>` says
    ASSET = auto()  # addresses that the page loads from its own site
    ELSEWHERE = auto()  # addresses that it loads, whatever their host
    CODE = auto()  # tokens of markup and scripts
    LINK = auto()  # addresses on the own site that it links to: weaker, they may lead to another product
    ABROAD = auto()  # addresses that it links to, whatever their host
    HOST = auto()  # the page's own host


@dataclass(frozen=True, slots=True)
class Signature:
    """What gives a platform away; `also` has to be there as well, among the assets."""

    platform: str
    place: Place
    pattern: str
    also: str = ""


_STRONG = (Place.HEADER, Place.GENERATOR, Place.ASSET, Place.ELSEWHERE, Place.CODE)
_WEAK = (Place.LINK, Place.ABROAD)
_HEADER, _GENERATOR, _ASSET, _ELSEWHERE, _CODE = _STRONG

# In the order of trust: products before the systems that they are built on. A relative address begins with a slash here.
SIGNATURES = (
    Signature("wordpress_design_comuni", _ELSEWHERE, r"/wp-content/themes/[\w.-]*design-comuni[\w.-]*/"),
    Signature("wordpress_design_comuni", _CODE, r"\bid=[\"']?dci-[\w-]+-(?:css|js)\b"),
    Signature("opencity", _ELSEWHERE, r"/extension/(?:openpa|opencity|ocbootstrap|ocsearchtools)[\w-]*/"),
    # Their widgets are embedded in other products' pages; their pictures and fonts are not.
    Signature("opencity", _ELSEWHERE, r"\b(?:flyimg\.opencityitalia\.it|static\.opencityitalia\.it/fonts|static\.opencity\.opencontent\.it)/"),
    Signature("opencity", Place.LINK, r"/openpa/(?:object|class|data)/"),
    Signature("municipium", _ELSEWHERE, r"//[\w.-]*\bmunicipiumapp\.it(?:[/:]|$)"),
    Signature("municipium", Place.ABROAD, r"//[\w.-]*\bmunicipiumapp\.it(?:[/:]|$)"),
    Signature("hgate_egov", _HEADER, r"^server: .*\bhgate\b"),
    Signature("hgate_egov", _ASSET, r"/(?:schiocciola|Footer_js|linkfooter)\.js\b"),
    Signature("hgate_egov", _ASSET, r"/assets/bootstrap-italia/css/bootstrap-italia(?:\.min)?\.css", r"/assets/css/color\.css"),
    Signature("hgate_egov", _CODE, r"[\"']/?EG0/EG\w+\.HBL\b"),
    Signature("hgate_egov", Place.LINK, r"/EG0/EG\w+\.HBL\b"),
    Signature("hgate_egov", Place.LINK, r"/(?:amministrazione|novita|servizi|vivere\w*)/\w+/[a-z_]+_\d+\.html\b"),
    Signature("openweb_soluzionipa", _ASSET, r"/openweb/(?:js|css|images|react_components)/"),
    # Windows' own separator, which nobody writes to be recognised by.
    Signature("peopleweb", _ASSET, r"\bassets\\bootstrap-italia\b"),
    Signature("peopleweb", _ASSET, r"/portals/\d+/Siscom\w+/"),
    Signature("peopleweb", Place.LINK, r"/(?:Dettaglio\w+|Uffici|Servizi)\?ID[A-Z]*=\d|/portals/\d+/Siscom\w+/|/DatiMonitoraggio\b"),
    Signature("citta_in_comune", _ELSEWHERE, r"//[\w.-]*\bcittaincomune\.it(?:[/:]|$)"),
    Signature("citta_in_comune", Place.ABROAD, r"//[\w.-]*\bcittaincomune\.it(?:[/:]|$)"),
    Signature("citta_in_comune", Place.LINK, r"/ita/\w+\.aspx\b"),
    Signature("comweb", _GENERATOR, r"\bComWeb\b"),
    Signature("comweb", _ASSET, r"/it-it/immagine/"),
    Signature("comweb", Place.LINK, r"/it-it/feed-rss(?:[/?]|$)|/it-it/\S+-\d+-\d+-[0-9a-f]{32}\b"),
    Signature("agendasmart", Place.LINK, r"/agenda-smart(?:[/?]|$)"),
    Signature("myportal", _ASSET, r"/myportal/[A-Z]{1,6}(?:_[A-Z0-9]{2,6})?/"),
    Signature("myportal", _CODE, r"[\"'`]/?myportal/[A-Z]{1,2}_[A-Z0-9]{2,6}\b"),
    Signature("myportal", _CODE, r"\bC_[A-Z]\d{3}\b", r"(?m)^(?:https?://[^/\n]+)?/node_modules/"),
    Signature("myportal", Place.LINK, r"/myportal/[A-Z]{1,6}(?:_[A-Z0-9]{2,6})?/"),
    Signature("lepida", _ELSEWHERE, r"//[\w.-]*\bretecivica\.lepida\.it(?:[/:]|$)"),
    Signature("isweb", _GENERATOR, r"\bis-?web\b"),
    Signature("isweb", _ASSET, r"/moduli/output_media\.php\b|/output_allegato\.php\?id="),
    Signature("isweb", _ELSEWHERE, r"//[\w.-]*\biswebcloud\.it(?:[/:]|$)"),
    Signature("isweb", Place.LINK, r"/(?:pagina|archivio)\d+_[\w-]*\.html\b|/area_letturaNotizia/\d|/output_allegato\.php\?id="),
    Signature("halley", _ASSET, r"/km/design-web-toolkit/"),
    Signature("halley", _CODE, r"\bvar\s+ente\s*=\s*[\"']c\d{6}[\"']"),
    Signature("halley", Place.LINK, r"/c\d{6}/(?:hh|po|zf)/|/zf/index\.php/|/(?:hh|po)/\w+\.php\b"),
    Signature("ghost", _GENERATOR, r"\bGhost\b"),
    Signature("ghost", _CODE, r"<script\b[^<>]*\bdata-ghost="),
    Signature("plone", _GENERATOR, r"\bPlone\b"),
    Signature("plone", _HEADER, r"^x-powered-by: .*\bzope\b"),
    Signature("plone", _ASSET, r"\+\+(?:plone|resource|webresource|theme|api)\+\+|/@@(?:images|site-logo)(?:[/?]|$)|/portal_(?:css|javascripts)/"),
    Signature("plone", _CODE, r"\bdata-i18ncatalogurl=|\bclass=[\"'][^\"']*\bview-viewview\b"),
    Signature("liferay", _HEADER, r"^liferay-portal: |^set-cookie: .*\bGUEST_LANGUAGE_ID="),
    Signature("liferay", _CODE, r"\bLiferay\.(?:ThemeDisplay|Loader|AUI|Portlet|on)\b"),
    Signature("liferay", _ASSET, r"/o/(?:frontend-|[\w.-]*-theme\b)|/combo/?\?\S*\bbrowserId=|/documents/(?:portlet_file_entry|d/guest)/"),
    Signature("magnolia", _ASSET, r"/\.resources/|/\.imaging/|/dam/jcr:[0-9a-f-]{36}"),
    Signature("opencms", _GENERATOR, r"\bOpenCms\b"),
    Signature("opencms", _HEADER, r"^server: .*\bopencms\b"),
    Signature("opencms", _ASSET, r"/system/modules/[a-z]+(?:\.[\w-]+)+/|/export/(?:sites|shared|system/modules)/"),
    Signature("wordpress", _GENERATOR, r"\bWordPress\b"),
    Signature("wordpress", _HEADER, r"^link: .*\bapi\.w\.org/|^x-pingback: .*/xmlrpc\.php"),
    Signature("wordpress", _CODE, r"\brel=[\"']?https://api\.w\.org/"),
    Signature("wordpress", _ASSET, r"/wp-(?:content|includes|json)/"),
    Signature("wordpress", _ELSEWHERE, r"/wp-content/themes/[^?#]+\.(?:css|js)\b|/wp-includes/\w+/[^?#]+\.js\b"),
    Signature("wordpress", Place.LINK, r"/wp-content/uploads/|/wp-login\.php\b"),
    Signature("drupal", _GENERATOR, r"\bDrupal\b"),
    Signature("drupal", _HEADER, r"^x-(?:generator: .*\bdrupal\b|drupal-(?:dynamic-)?cache: )"),
    Signature("drupal", _ASSET, r"/sites/[\w.-]+/(?:files|themes|modules)/|/core/(?:misc|modules|themes|assets)/\S+\.(?:js|css)\b|/misc/drupal\.js"),
    Signature("drupal", _CODE, r"\bdata-drupal-(?:selector|link-system-path|messages)\b|\bdrupal-settings-json\b|\bDrupal\.settings\b"),
    Signature("drupal", Place.LINK, r"/sites/default/files/"),
    Signature("joomla", _GENERATOR, r"\bJoomla\b"),
    Signature("joomla", _ASSET, r"/media/(?:jui|system|vendor/joomla\S*)/(?:js|css)/|/media/templates/site/|/components/com_\w+/"),
    Signature("joomla", Place.LINK, r"/index\.php\?option=com_\w+"),
    Signature("typo3", _GENERATOR, r"\bTYPO3\b"),
    Signature("typo3", _ASSET, r"/typo3(?:conf|temp)/|/_assets/[0-9a-f]{32}/|/fileadmin/_processed_/"),
)  # fmt: skip

_EMILIA = r"bo|bologna|fc|fe|ferrara|forli|cesena|mo|modena|parma|pc|piacenza|pr|ra|ravenna|re|reggioemilia|rimini|rn"
# What a system was made into, by a signature that alone would prove nothing: (the system, what gives the variant away).
VARIANTS = (
    ("peopleweb", Signature("citta_in_comune", Place.LINK, r"/ita/\w+\.aspx\b")),
    ("wordpress", Signature("wordpress_design_comuni", Place.LINK, r"/tip[io][_-]notizi[ae]/|[?&](?:post_type=notizia\b|tip[io]_notizi[ae]=)")),
    ("drupal", Signature("drupal_torino", _ASSET, r"/themes/(?:\w+/)?csi[\w-]*/")),
    ("drupal", Signature("drupal_camcom", Place.HOST, r"\bcamcom(?:\.gov)?\.it$")),
    ("drupal", Signature("drupal_camcom", _ASSET, r"/sites/[\w.-]+/files/contenuto_redazione/")),
    ("myportal", Signature("lepida", _CODE, r"\brer_(?:news|schedaservizio|evento)\b")),
    ("myportal", Signature("lepida", Place.HOST, rf"\.(?:{_EMILIA})\.it$")),
)  # fmt: skip

_TAG = re.compile(r"<([a-zA-Z][\w:-]*)\b([^<>]*)")  # no look ahead: a page may be nothing but beginnings of tags
_ADDRESS = re.compile(
    r"""(?i)(?<![\w-])(?:xlink:)?(?:href|src|srcset|action|content|poster|data-src|data-href)\s*=\s*\\?"""
    r"""(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"""
)
_NAME = re.compile(r"""(?i)\bname\s*=\s*\\?["']?generator\b""")
_LINKS = frozenset(("a", "area", "form"))
# A single-page application: the element that JavaScript fills.
_MOUNT = re.compile(
    r"""(?i)<app-root\b|<(?:div|main)\b[^<>]*\bid=["']?(?:root|app|__next|__nuxt|main|svelte|q-app)["'\s>]"""
)
_LOADS = re.compile(r"(?i)<script\b[^<>]*\bsrc=")
_ASKS = re.compile(r"(?is)<noscript\b[^<>]*>(?:(?!</noscript).){0,400}?\bjavascript\b")
_WORD = re.compile(r"\w{3,}")
_FEW_WORDS = 40


def evidence(response: Response) -> Iterator[Evidence]:
    """What speaks for a platform in an answer, the surest first."""
    page = _Page(response)
    for places in (_STRONG, _WEAK):
        for signature in SIGNATURES:
            if signature.place in places and (seen := page.sees(signature)):
                for system, variant in VARIANTS:
                    if system == signature.platform and (mark := page.sees(variant)):
                        yield Evidence(variant.platform, mark)
                yield Evidence(signature.platform, seen)


def platform_of(response: Response) -> Evidence:
    """The platform that serves a page, with the evidence; `unknown` where nothing gives one away."""
    return next(evidence(response), Evidence(UNKNOWN, "no signature of a known platform"))


def needs_javascript(response: Response) -> bool:
    """Whether a page is a shell without words that a browser would have to fill."""
    try:
        tree, _ = parse(response)
    except Unreadable:
        return False
    if sum(len(_WORD.findall(str(part))) for body in tree.iter("body") for part in body.itertext()) >= _FEW_WORDS:
        return False
    text = characters(response)[:_START]
    return bool(_LOADS.search(text) and (_MOUNT.search(text) or _ASKS.search(text)))


class _Page:
    """The parts of an answer that signatures are looked for in, one address a line."""

    def __init__(self, response: Response) -> None:
        self.url = response.url
        self.host = urlsplit(response.url).hostname or ""
        text = characters(response)[:_START]
        assets: list[str] = []
        links: list[str] = []
        generators: list[str] = []
        for tag, attributes in _TAG.findall(text):
            values = ["".join(value).strip(" \\").replace("\\/", "/") for value in _ADDRESS.findall(attributes)]
            if tag.lower() == "meta" and _NAME.search(attributes):
                generators += values
            else:
                (links if tag.lower() in _LINKS else assets).extend(map(_from_the_root, values))
        headers = (f"{name.decode('latin-1')}: {value.decode('latin-1')}"
                   for name, values in response.headers.items() for value in values)  # fmt: skip
        loaded, linked = "\n".join(dict.fromkeys(assets)), "\n".join(dict.fromkeys(links))
        self.parts = {
            Place.HEADER: "\n".join(headers),
            Place.GENERATOR: "\n".join(generators),
            Place.ASSET: loaded,
            Place.ELSEWHERE: loaded,
            Place.CODE: text,
            Place.LINK: linked,
            Place.ABROAD: linked,
            Place.HOST: self.host,
        }

    def sees(self, signature: Signature) -> str | None:
        """The words that match a signature, None where nothing does."""
        part = self.parts[signature.place]
        # A header's and a generator's name are written in any case, and a path in Windows' products as well.
        for match in re.finditer(signature.pattern, part, re.IGNORECASE | re.MULTILINE):
            own = signature.place not in (Place.ASSET, Place.LINK) or self._is_own(part, match.start())
            if own and (not signature.also or re.search(signature.also, self.parts[Place.ASSET], re.IGNORECASE)):
                return " ".join(match[0].split())[:80]
        return None

    def _is_own(self, part: str, at: int) -> bool:
        line = part[part.rfind("\n", 0, at) + 1 : part.find("\n", at) % (len(part) + 1)]
        try:
            host = urlsplit(urljoin(self.url, line)).hostname or ""
        except ValueError:
            return False
        return host == self.host or domain_of(host) == domain_of(self.host)


def _from_the_root(address: str) -> str:
    address = " ".join(address[:_LONGEST].split())
    return address if re.match(r"/|[a-zA-Z][\w+.-]*:", address) else f"/{address}"
