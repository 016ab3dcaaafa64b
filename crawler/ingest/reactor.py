"""Twisted's reactor on asyncio for as long as one thing is done in it, and how that ends at Ctrl-C and SIGTERM."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from scrapy.utils.reactor import install_reactor

from crawler.ingest.allocation import return_freed_memory
from crawler.settings import TWISTED_REACTOR
from crawler.web import resolver

T = TypeVar("T")


def on_signals(stop: Callable[[], None], stopping: Callable[[], bool]) -> None:
    """Calls `stop` at Ctrl-C or SIGTERM; where it is `stopping` already, ends the process: what is on the disk is whole."""

    def on_signal() -> None:
        if stopping():
            os._exit(130)
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)


class Stopped(Exception):
    """Ctrl-C or SIGTERM ended what was begun; nothing of it was stored."""


async def stoppable(main: Coroutine[Any, Any, T]) -> T:
    """Does something that stores nothing, so that it can be dropped where it is.

    Raises:
        Stopped: at the first Ctrl-C or SIGTERM; the second ends the process at once.
    """
    stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    on_signals(lambda: stopped.set_result(None), stopped.done)
    task = asyncio.ensure_future(main)
    either: set[asyncio.Future[Any]] = {task, stopped}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not stopped.done():
        return task.result()
    rest = {each for each in asyncio.all_tasks() if each is not asyncio.current_task()}
    for each in rest:
        each.cancel()
    await asyncio.wait(rest, timeout=1)
    for each in rest:
        if each.done() and not each.cancelled():
            each.exception()  # it is looked at: what a stop broke is no news
    raise Stopped


def in_reactor(main: Callable[[], Any], networks: Any) -> Any:
    """Runs a coroutine function in Twisted's reactor on asyncio; returns what it returns, raises what it raises."""
    return_freed_memory(64)
    install_reactor(TWISTED_REACTOR)
    from twisted.internet import reactor as twisted_reactor

    reactor: Any = twisted_reactor
    resolver.install(reactor, networks)
    outcome: dict[str, Any] = {}

    async def body() -> None:
        try:
            outcome["value"] = await main()
        except BaseException as error:
            outcome["error"] = error
        finally:
            reactor.stop()

    tasks: list[asyncio.Task[None]] = []
    reactor.callWhenRunning(lambda: tasks.append(asyncio.ensure_future(body())))
    reactor.run(installSignalHandlers=False)
    reactor._asyncioEventloop.close()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]
