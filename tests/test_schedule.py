"""Which sources are due, and what becomes of batches: with a clock that the test turns, and crawls that it makes up."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.service.batches import Ended, How
from crawler.service.pace import QuietHours
from crawler.service.schedule import Schedule
from spiders.source import Source
from storage import pacing
from storage.corpus import Corpus

NOON = datetime(2026, 3, 11, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)


def source(id: str, every: str | None = "6h", home: str = "", **more: Any) -> Source:
    given = {"every": every} if every else {}
    return Source.model_validate({"id": id, "home": home or f"https://{id}.it/", **given, **more})


def catalogue(*sources: Source) -> dict[str, Source]:
    return {each.id: each for each in sources}


@dataclass
class World:
    """A corpus, a clock, and crawls whose outcome the test sets: by source a status, or how the whole batch ends."""

    corpus: Path
    now: datetime = NOON
    crawled: list[list[str]] = field(default_factory=list)  # batches
    status: dict[str, str] = field(default_factory=dict)
    deadly: set[str] = field(default_factory=set)  # sources that kill their batch
    endless: set[str] = field(default_factory=set)
    unusable: str | None = None
    gate: asyncio.Event | None = None  # batches wait for it
    pid: int = 1 << 22  # no process has it

    def schedule(self, sources: Mapping[str, Source], quiet: QuietHours | None = None) -> Schedule:
        return Schedule(sources, self.corpus, lambda: self.now, self.run_batch, quiet)

    @property
    def moment(self) -> str:
        return self.now.isoformat(timespec="seconds")

    async def run_batch(self, sources: Sequence[Source]) -> Ended:
        names = [each.id for each in sources]
        self.crawled.append(names)
        self.pid += 1
        if self.gate:
            await self.gate.wait()
        if self.unusable:
            return Ended(How.UNUSABLE, self.unusable, self.pid)
        how = How.DIED if self.deadly & {*names} else How.OVERDUE if self.endless & {*names} else How.DONE
        with Corpus(self.corpus) as corpus:
            run = corpus.start_run(self.moment)
            corpus.db.execute("update runs set pid = ? where id = ?", [self.pid, run])
            if how is not How.DIED:
                for name in names:
                    self.keep(corpus, run, name, done=name not in self.endless)
                corpus.finish_run(run, self.moment, "done" if how is How.DONE else "interrupted", {}, [])
        return Ended(how, f"it ended as {how}" if how is not How.DONE else "", self.pid)

    def keep(self, corpus: Corpus, run: int, name: str, done: bool = True) -> None:
        status = self.status.get(name, "ok" if done else "failed")
        row = {
            "source": name,
            "status": status,
            "seconds": 1.0,
            "requests": 3,
            "error": None if status == "ok" else "down",
        }
        pacing.done_with(corpus.db, run, row, self.moment if done else None)

    def crawl_by_hand(self, *names: str) -> None:
        with Corpus(self.corpus) as corpus:
            run = corpus.start_run(self.moment)
            for name in names:
                self.keep(corpus, run, name)
            corpus.finish_run(run, self.moment, "done", {}, [])

    async def pass_(
        self, schedule: Schedule, span: timedelta, step: timedelta = HOUR / 4
    ) -> list[tuple[datetime, str]]:
        """Lets time go by; gives which source was crawled when."""
        seen: list[tuple[datetime, str]] = []
        end = self.now + span
        while self.now < end:
            self.crawled.clear()
            await schedule.tick()
            await schedule.settled()
            seen += [(self.now, name) for batch in self.crawled for name in batch]
            self.now += step
        return seen


@pytest.fixture
def world(tmp_path: Path) -> World:
    Corpus(tmp_path / "corpus.db").close()
    return World(tmp_path / "corpus.db")


def due(world: World, schedule: Schedule) -> list[str]:
    schedule.look()
    return [each.id for each in schedule.due(world.now)]


def test_every_source_gets_its_turn_at_once_and_then_at_its_own_pace(world: World) -> None:
    async def scene() -> None:
        schedule = world.schedule(catalogue(source("a", "1h"), source("b", "12h"), source("c", None)))
        seen = await world.pass_(schedule, timedelta(days=2))
        times = {name: [at for at, other in seen if other == name] for name in "abc"}
        assert [each[0] for each in times.values()] == [NOON] * 3
        assert 36 <= len(times["a"]) <= 49  # looked for every quarter of an hour: up to that much late
        assert len(times["b"]) == 4
        assert len(times["c"]) == 8

    asyncio.run(scene())


def test_after_a_sleep_and_after_a_restart_each_source_gets_exactly_one_turn(world: World) -> None:
    async def scene() -> None:
        sources = catalogue(*(source(f"c-{number}") for number in range(5)))
        schedule = world.schedule(sources)
        await world.pass_(schedule, HOUR)
        world.now += timedelta(days=3)
        seen = await world.pass_(schedule, HOUR)
        assert sorted(name for _, name in seen) == sorted(sources)
        again = world.schedule(sources)
        assert due(world, again) == []
        assert again.turns == schedule.turns, "they are not bunched by a restart"
        world.now += timedelta(days=3)
        assert sorted(due(world, again)) == sorted(sources)

    asyncio.run(scene())


def test_a_clock_that_is_set_back_gives_one_turn_and_then_counts(world: World) -> None:
    async def scene() -> None:
        schedule = world.schedule(catalogue(source("a")))
        await world.pass_(schedule, HOUR)
        world.now -= timedelta(days=400)
        seen = await world.pass_(schedule, timedelta(hours=5))
        assert len(seen) == 1
        assert len(await world.pass_(schedule, timedelta(hours=3))) == 1

    asyncio.run(scene())


def test_a_crawl_by_hand_counts(world: World) -> None:
    async def scene() -> None:
        schedule = world.schedule(catalogue(source("a"), source("b")))
        await world.pass_(schedule, 5 * HOUR)
        world.crawl_by_hand("a")
        world.now += 2 * HOUR
        assert due(world, schedule) == ["b"]

    asyncio.run(scene())


def test_a_source_that_fails_backs_off_and_comes_back_when_it_is_well(world: World) -> None:
    async def scene() -> None:
        schedule = world.schedule(catalogue(source("a"), source("b")))
        world.status["a"] = "failed"
        seen = await world.pass_(schedule, timedelta(days=20))
        times = [at for at, name in seen if name == "a"]
        assert timedelta(minutes=45) <= times[1] - times[0] <= timedelta(minutes=90)
        assert timedelta(hours=60) <= times[-1] - times[-2] <= timedelta(hours=82)
        assert sum(name == "b" for _, name in seen) > 70
        del world.status["a"]
        seen = await world.pass_(schedule, timedelta(days=10))
        assert sum(name == "a" for _, name in seen) > 25

    asyncio.run(scene())


def test_a_host_that_asked_for_a_pause_is_left_alone_until_it_is_over(world: World) -> None:
    async def scene() -> None:
        lists = {"listings": ["https://news.example.it/tutte"]}
        schedule = world.schedule(catalogue(source("a", "1h", **lists), source("b", "1h")))
        until = (NOON + 5 * HOUR).isoformat(timespec="seconds")
        with Corpus(world.corpus) as corpus:
            # One that a wrong clock left behind counts for nothing.
            asked = {
                "news.example.it": pacing.Pause(until, "Retry-After"),
                "b.it": pacing.Pause("2099-01-01", "x"),
            }
            pacing.keep_pauses(corpus.db, asked, world.moment)
        seen = await world.pass_(schedule, 6 * HOUR)
        assert min(at for at, name in seen if name == "a") == NOON + 5 * HOUR
        assert min(at for at, name in seen if name == "b") == NOON

    asyncio.run(scene())


def test_in_quiet_hours_nothing_is_begun(world: World) -> None:
    async def scene() -> None:
        schedule = world.schedule(catalogue(source("a", "1h")), QuietHours.of("22-6"))
        seen = await world.pass_(schedule, timedelta(days=2))
        hours = {(at + HOUR).hour for at, _ in seen}  # in Rome
        assert hours == set(range(6, 22))

    asyncio.run(scene())


def test_sources_of_one_site_share_a_batch_and_batches_are_bounded(world: World) -> None:
    async def scene() -> None:
        world.gate = asyncio.Event()
        alone = [source(f"c-{number:03}") for number in range(150)]
        shared = [source(f"s-{number}", home=f"https://www.torino.it/{number}") for number in range(3)]
        linked = source("z", home="https://altro.it/", feeds=["https://news.c-000.org/feed", "https://torino.it/rss"])
        schedule = world.schedule(catalogue(*alone[:75], *shared, *alone[75:], linked))
        await schedule.tick()
        await asyncio.sleep(0.05)
        assert len(world.crawled) == 2
        assert all(45 <= len(batch) <= 55 for batch in world.crawled)
        world.gate.set()
        while await schedule.tick() or schedule.running:
            await schedule.settled()
        assert sorted(name for batch in world.crawled for name in batch) == sorted(schedule.sources)
        together = {"s-0", "s-1", "s-2", "z"}
        assert [together & {*batch} for batch in world.crawled if together & {*batch}] == [together]

    asyncio.run(scene())


def test_a_country_that_is_added_does_not_push_aside_who_was_there(world: World) -> None:
    async def scene() -> None:
        old = [source(f"old-{number}", "1h") for number in range(5)]
        schedule = world.schedule(catalogue(*old))
        await world.pass_(schedule, HOUR)
        schedule.replace(catalogue(*(source(f"new-{number:03}") for number in range(400)), *old))
        world.now += HOUR
        world.crawled.clear()
        await schedule.tick()
        await schedule.settled()
        assert {each.id for each in old} <= {name for batch in world.crawled for name in batch}
        while await schedule.tick():
            await schedule.settled()
        assert len({name for batch in world.crawled for name in batch}) == 405

    asyncio.run(scene())


def test_few_sources_are_not_spread_over_processes(world: World) -> None:
    async def scene() -> None:
        schedule = world.schedule(catalogue(*(source(f"c-{number}") for number in range(8))))
        await world.pass_(schedule, HOUR / 4)
        assert [len(batch) for batch in world.crawled] == [8]

    asyncio.run(scene())


async def begun(world: World, batches: int) -> None:
    """Waits until so many batches were begun, at most as long as a busy machine may need."""
    for _ in range(1000):
        if len(world.crawled) >= batches:
            return
        await asyncio.sleep(0.01)


def test_stragglers_keep_neither_the_other_sources_nor_the_other_batches_from_their_turn(world: World) -> None:
    async def scene() -> None:
        world.gate = asyncio.Event()
        schedule = world.schedule(catalogue(*(source(f"c-{number:03}", "1h") for number in range(150))))
        await schedule.tick()
        await begun(world, 2)
        assert len(schedule.running) == 2
        [slow, *quick] = world.crawled[0]
        world.crawl_by_hand(*quick)  # as the batch itself does when it is done with a source
        world.now += timedelta(minutes=9)
        await schedule.tick()
        assert len(schedule.running) == 2
        world.now += 2 * HOUR
        await schedule.tick()
        await begun(world, 4)
        assert len(schedule.running) == 4
        assert {*quick} & {name for batch in world.crawled[2:] for name in batch}
        assert slow not in [name for batch in world.crawled[2:] for name in batch]
        world.now += 2 * HOUR
        await schedule.tick()
        assert len(schedule.running) == 4, "however slow all are"
        world.gate.set()
        await schedule.settled()

    asyncio.run(scene())


def test_a_batch_that_died_is_tried_again_in_halves_until_the_culprit_is_alone(world: World) -> None:
    async def scene() -> None:
        sources = catalogue(*(source(f"c-{number}") for number in range(9)))
        schedule = world.schedule(sources)
        world.deadly = {"c-6"}
        seen = await world.pass_(schedule, HOUR / 2, HOUR / 60)
        assert {name for _, name in seen} == {*sources}
        standings = {id: schedule.standings[id] for id in sources}
        assert {id for id, standing in standings.items() if standing and standing.failures} == world.deadly
        culprit = standings["c-6"]
        assert culprit is not None
        assert culprit.error == "the crawl was ended: it ended as died"
        assert all(standings.values())
        assert sum(name == "c-6" for _, name in seen) <= 5
        assert schedule.trouble is None

    asyncio.run(scene())


def test_what_a_batch_was_done_with_before_it_died_is_not_crawled_again(world: World) -> None:
    async def scene() -> None:
        schedule = world.schedule(catalogue(source("a"), source("b"), source("c")))

        async def dies(sources: Sequence[Source]) -> Ended:
            with Corpus(world.corpus) as corpus:
                run = corpus.start_run(world.moment)
                corpus.db.execute("update runs set pid = 77 where id = ?", [run])
                for name in ("a", "b"):
                    world.keep(corpus, run, name)
            return Ended(How.DIED, "it was ended by SIGSEGV", 77)

        schedule.run_batch = dies
        await schedule.tick()
        await schedule.settled()
        assert due(world, schedule) == []
        assert schedule.standings["c"] is not None
        assert schedule.standings["c"].error == "the crawl was ended: it was ended by SIGSEGV"

    asyncio.run(scene())


def test_a_source_whose_time_is_up_backs_off_unless_it_brought_something(world: World) -> None:
    async def scene() -> None:
        schedule = world.schedule(catalogue(source("a"), source("slow")))
        world.endless = {"slow"}
        seen = await world.pass_(schedule, timedelta(days=4))
        assert 5 <= sum(name == "slow" for _, name in seen) <= 8
        assert sum(name == "a" for _, name in seen) > 10

    asyncio.run(scene())


def test_what_a_stopped_batch_left_is_due_as_before(world: World) -> None:
    async def scene() -> None:
        schedule = world.schedule(catalogue(source("a"), source("b")))

        async def stopped(sources: Sequence[Source]) -> Ended:
            with Corpus(world.corpus) as corpus:
                run = corpus.start_run(world.moment)
                world.keep(corpus, run, "a")
                world.keep(corpus, run, "b", done=False)
                corpus.finish_run(run, world.moment, "interrupted", {}, [])
            return Ended(How.STOPPED, "it was told to stop", 77)

        schedule.run_batch = stopped
        await schedule.tick()
        await schedule.settled()
        assert due(world, schedule) == ["b"]

    asyncio.run(scene())


def test_while_the_corpus_cannot_be_used_nothing_is_blamed_on_sources_and_it_is_tried_ever_more_seldom(
    world: World,
) -> None:
    async def scene() -> None:
        schedule = world.schedule(catalogue(*(source(f"c-{number:03}") for number in range(120))))
        world.unusable = "database or disk is full"
        seen = await world.pass_(schedule, timedelta(hours=5), timedelta(minutes=1))
        moments = sorted({at for at, _ in seen})
        assert 8 <= len(moments) <= 16
        assert moments[-1] - moments[-2] == timedelta(minutes=30)
        assert schedule.trouble == "database or disk is full"
        world.unusable = None
        await world.pass_(schedule, HOUR, timedelta(minutes=1))
        assert schedule.trouble is None
        assert due(world, schedule) == []
        assert not any(standing.failures for standing in schedule.standings.values() if standing)

    asyncio.run(scene())


@pytest.mark.parametrize("damage", ["gone", "garbage", "newer"])
def test_a_corpus_that_is_lost_while_the_service_runs_is_said_and_waited_for(world: World, damage: str) -> None:
    async def scene() -> None:
        schedule = world.schedule(catalogue(source("a", "1h")))
        await world.pass_(schedule, HOUR / 4)
        kept = world.corpus.with_name("kept.db")
        shutil.copy(world.corpus, kept)
        if damage == "newer":
            with Corpus(world.corpus) as corpus:
                corpus.db.execute("insert into _sqlite_migrations(migration_set, name) values ('civicpress', 'm999_x')")
        elif damage == "garbage":
            world.corpus.write_bytes(b"not what it was" * 1000)
        else:
            world.corpus.unlink()
        world.now += 2 * HOUR
        assert await world.pass_(schedule, HOUR) == []
        assert schedule.trouble is not None
        assert str(world.corpus) in schedule.trouble
        shutil.copy(kept, world.corpus)
        assert len(await world.pass_(schedule, HOUR)) == 1
        assert schedule.trouble is None

    asyncio.run(scene())


def test_another_catalogue_takes_effect_and_what_is_gone_is_not_crawled_any_more(world: World) -> None:
    async def scene() -> None:
        schedule = world.schedule(catalogue(source("a", "30d"), source("b"), source("gone")))
        await world.pass_(schedule, 12 * HOUR)
        schedule.replace(catalogue(source("a", "1h"), source("b"), source("new")))
        seen = await world.pass_(schedule, timedelta(minutes=10), timedelta(minutes=10))
        assert {"a", "new"} <= {name for _, name in seen}
        assert "gone" not in {name for _, name in await world.pass_(schedule, timedelta(days=2))}

    asyncio.run(scene())
