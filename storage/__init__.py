"""What a document is and how it is kept: the document format, the SQLite corpus, its history and its exports.

This room knows neither HTML nor the network.
"""
