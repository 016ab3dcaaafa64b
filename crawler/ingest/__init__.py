"""One run: what is asked, what earlier runs learned, what becomes of every page, and the report."""
