"""Looks at sites that store nothing in the corpus: trying, adding, importing and recording sources, extracting one page."""
