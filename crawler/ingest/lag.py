"""How late the event loop runs: what every other connection has to wait."""

import asyncio
import time

_EVERY = 0.01  # seconds


class LagMeter:
    """Asks to be woken every 10 ms and notes how late that happens."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._busy = 0.0
        self._task = asyncio.create_task(self._measure())

    async def _measure(self) -> None:
        while True:
            begun, used = time.perf_counter(), time.thread_time()
            await asyncio.sleep(_EVERY)
            self._late.append(time.perf_counter() - begun - _EVERY)
            self._busy = max(self._busy, time.thread_time() - used)

    def stop(self) -> dict[str, float]:
        """The lateness in ms: median, 99th percentile, worst. `busy` is the most processor time that the loop itself took
        without letting others go on: what is late beyond that, other programs have taken."""
        self._task.cancel()
        late = sorted(self._late) or [0.0]
        picks = {"p50": len(late) // 2, "p99": min(len(late) - 1, len(late) * 99 // 100), "max": -1}
        found = {name: round(late[index] * 1000, 2) for name, index in picks.items()}
        return {**found, "busy": round(self._busy * 1000, 2)}
