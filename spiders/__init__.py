"""How press sites list and show their releases: sources, discovery strategies, and the Scrapy spider they make.

This room knows neither SQLite nor text extraction, and never fetches anything but through Scrapy.
"""
