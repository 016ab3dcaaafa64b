"""What civicpress costs and what it yields, measured on real pages (see README.md in this folder)."""
