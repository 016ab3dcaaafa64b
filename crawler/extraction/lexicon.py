"""The words that tell body from furniture: those of texts, in the languages of the pages, and those of class names."""


def _bits(groups: str) -> dict[str, int]:
    """Each word with the bits of the groups, one a line, that it is in."""
    found: dict[str, int] = {}
    for bit, line in enumerate(groups.strip().splitlines()):
        for word in line.split():
            found[word] = found.get(word, 0) | 1 << bit
    return found


_TEXT = """
cookie cookies consent privacy gdpr informativa datenschutz preferenze
share condividi teilen partager compartir tweet facebook twitter whatsapp linkedin telegram instagram pinterest reddit messenger flipboard copy copia link
newsletter subscribe subscription subscriber subscribers iscriviti abbonati abonnieren abo abonnement sign login accedi register registrati account premium inscription anmelden inbox email
comment comments commenti commento commenta kommentar kommentare commentaires reply rispondi antworten comentarios
related correlati correlate anche also mehr recommended consigliati lesen lire weiterlesen popular trending latest ultime leggi altre altri more read potrebbe interessarti interessare lees mas
photo foto fotos image images getty reuters afp credit credits picture pictures bild bilder immagine dpa imago shutterstock pa alamy photograph photographer video gallery caption file
by di von par por author autore autrice journalist reporter correspondent editor redazione redaktion written writer giornalista staff
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre january february march april may june july august september october november december januar februar märz juni juli oktober dezember janvier février mars avril mai juin juillet août septembre octobre novembre décembre jan feb mar apr jun jul aug sep sept oct nov dec
published pubblicato pubblicata updated aggiornato aggiornamento modifica modified aktualisiert publié posted ago hours minutes minuti lettura min uhr edt gmt bst est pm am data stand veröffentlicht
rights reserved copyright diritti riservati riproduzione riservata terms ltd rechte reproduction
home menu search cerca back next previous torna skip vai indietro successivo precedente suche suchen kontakt contact contatti
tags tag argomenti topics themen categoria category categories filed under temi keywords
advertisement anzeige pubblicità sponsored werbung ad ads advertising publicité publicidad
pdf download scarica allegato allegati kb mb documenti documento doc odt
click here clicca qui tap visit follow seguici segui app klicken
correction disclosure disclaimer note nota originally version article appeared articolo updates
tel telefono phone fax via indirizzo address orari
"""
TEXT = _bits(_TEXT)
TEXT_GROUPS = 17

_NAMES = """
content contents contenuto inhalt contenu
entry post hentry single
article articles articolo artikel story news notizia
text txt testo richtext rich rte copy prose wysiwyg editor html markdown
body articlebody bodytext
paragraph paragraphs par para paragrafo p
main primary
page node field region
comment comments commenti disqus reply replies respond discussion
related correlati correlate recommended recommendations recirc recirculation similar readmore outbrain taboola promoted
share sharing social condividi addtoany sharedaddy follow
cookie consent gdpr privacy
author authors byline autore bio contributor profile writer
caption credit credits didascalia figcaption copyright legend source
date time data published meta timestamp datetime updated modified info
tag tags topic topics category categories argomenti keywords taxonomy label labels kicker
breadcrumb breadcrumbs nav navigation menu navbar submenu pager pagination toolbar
card cards teaser teasers tile tiles promo
list lists listing item items grid row feed river collection
sidebar aside widget widgets rail secondary complementary right
ad ads advert advertisement banner sponsor sponsored dfp adslot anzeige pub
newsletter subscribe subscription signup paywall login register offer cta
title titles headline heading headings titolo head
lead lede summary abstract intro introduction standfirst sottotitolo subtitle dek excerpt description descrizione sommario deck teaserlead subhead subheadline
quote blockquote pullquote citation
image img images media gallery video figure photo picture slideshow audio player embed foto
footer bottom foot end after
header top before hero
button btn link links more
attachment attachments download downloads allegati documents files file document
box infobox fact factbox info callout highlight note panel aside
wrapper container inner outer wrap holder layout
trending popular most latest live ticker latestnews
hidden sr visually screen invisible print collapse tooltip modal popup overlay
table col column
event contact contatti address luogo luoghi service
"""
NAMES = _bits(_NAMES)
NAME_GROUPS = 36

STOP = frozenset(
    "il lo la i gli le un uno una di a da in con su per tra fra del dello della dei degli delle al allo alla ai agli"
    " alle dal dalla dai nel nella nei nelle sul sulla sui e ed o ma se che non è sono ha hanno si come anche più"
    " questo questa cui stato essere"
    " the of and to in is was were are be been for on with as at by it its that this from or an not have has had but"
    " his her he she they their we you i who which will would can said there when about after"
    " der die das den dem des ein eine einen einem einer und oder nicht mit von zu zum zur im am auf für ist sind war"
    " wird werden sich auch als bei nach aus wie es er sie dass hat haben über"
    " le les des du et est sont une dans pour par sur qui que pas au aux ce cette se son sa ses plus avec il elle ont"
    " el los las del y en es un una por con para su sus no lo más como o que fue"
    " de het een en van ik te dat die niet zijn op aan met voor er maar om"
    " os as dos das em uma não mais foi ao à"
    " og i det er som en til på av at med har ikke den de et".split()
)
