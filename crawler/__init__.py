"""Joins the other two rooms: runs, extraction, scheduling and the command line."""
