"""In which language a release is written."""

import re
from functools import cache
from typing import Any

_CODE = re.compile(r"[a-z]{2}(?=$|[-_])", re.I)
# Among close relatives (Corsican, Latin, Galician, dialects) short official Italian is often misread: only languages
# that public bodies and their guests write are told apart.
_LANGUAGES = (
    "ar bg ca cs da de el en es et fa fi fr he hr hu id it ja ko lt lv mk mt nb nl no pl pt ro ru sk sl sq sr sv tr uk"
    " ur zh"
).split()
_ITALIAN = frozenset(
    "di il della delle dello dei degli gli è alla alle agli nel nella nei sono dal dalla dell all che".split()
)
_HITS = 4
_ENOUGH = 40
_SAMPLE = 500


def language_of(paragraphs: tuple[str, ...], declared: str = "", expected: str | None = None) -> str | None:
    """The ISO 639-1 code of the text, or None where nothing tells.

    `declared` is the page's own `lang`, which templates often get wrong, `expected` the source's language: they
    decide only where the text is too short or too mixed to tell.
    """
    hint = _CODE.match(declared.strip())
    hinted = hint[0].lower() if hint else expected
    text = " ".join(paragraphs)[:_SAMPLE]
    if len(text) < _ENOUGH:
        return hinted
    if "it" in (hinted, expected) and _is_italian(text):
        return "it"
    found, certainty = _identifier().classify(text)
    return str(found) if certainty > 0.8 or (certainty > 0.5 and found in (hinted, expected)) else hinted


def _is_italian(text: str) -> bool:
    """Whether a text that is said to be Italian plainly is: its commonest words, which no other language has as often.

    Nearly all releases are, and the identifier takes a third of the time that a page of a known template needs.
    """
    words = text.lower().replace("’", " ").replace("'", " ").split()
    hits = sum(map(_ITALIAN.__contains__, words))
    return hits >= _HITS and hits * 12 >= len(words)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    known = set(model.labels)
    model.set_languages([code for code in _LANGUAGES if code in known])
    # A new one of what was chosen: the first would keep the tables of all languages, 28 MB.
    return LanguageIdentifier(
        model.nb_ptc,
        model.nb_pc,
        model.nb_classes,
        model.tk_nextmove,
        model.tk_output,
        norm_probs=True,
        tk_row=model.tk_row,
    )
