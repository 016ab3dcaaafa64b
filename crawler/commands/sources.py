"""The commands `sources …`: the catalogue itself, and in files of their own the commands that add to it or try it."""

import typer

from crawler.commands import sources_add, sources_import, sources_record
from crawler.commands.options import AsJson, OnlySources, Sources, catalogue, complain

app = typer.Typer(invoke_without_command=True)
# In the order of `--help`.
for module in (sources_add, sources_import, sources_record):
    app.add_typer(module.app)


@app.callback(epilog="Example: civicpress sources --json")
def sources(context: typer.Context, as_json: AsJson = False, more: Sources = None, only: OnlySources = None) -> None:
    """List the catalogue. Its sub-commands add sources, try them, and record test cases."""
    if context.invoked_subcommand:
        if as_json or more or only:
            complain(f"options of `sources {context.invoked_subcommand}` are given after its name")
        return
    from crawler.display import results as display

    listed = catalogue(more, only)
    if as_json:
        display.as_json([source.model_dump(mode="json", exclude_none=True) for source in listed.values()])
    else:
        display.sources(list(listed.values()))
