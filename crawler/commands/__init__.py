"""The commands, thin, one subject a file; `crawler.cli` puts them together.

Whatever is heavy is imported by the command that needs it, so that `--help` is quick.
"""
