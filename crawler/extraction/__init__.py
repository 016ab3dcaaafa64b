"""From a fetched page to a release: its title, text, date and language, or the reason why it is none.

Nothing heavy is imported here: readers are loaded in the worker processes, by `crawler.extraction.article`.
"""
