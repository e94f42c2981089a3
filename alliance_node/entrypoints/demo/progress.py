"""Shows how far the demo is: bars on a terminal, a line a stage elsewhere. Owns nothing but the display."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Stages:
    """The demo's stages, each timed; `seconds` holds how long each took."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, says: str, *, quiet: bool = False) -> Iterator[None]:
        """Time a stage and say so; on a terminal with a spinner while it runs, unless `quiet` (it has its own bars)."""
        began = time.perf_counter()
        if self._console.is_terminal and not quiet:
            with self._console.status(f"{says} …"):
                yield
        else:
            yield
        self.seconds[name] = round(time.perf_counter() - began, 2)
        self._console.print(f"[green]✓[/green] {says} [dim]({self.seconds[name]:.1f} s)[/dim]")


class ReplayBars:
    """Three bars while the year is replayed: weeks, purchases, conversions."""

    def __init__(self, console: Console, weeks: int, purchases: int, conversions: int) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        totals = {"weeks": weeks, "purchases": purchases, "conversions": conversions}
        self._tasks: dict[str, TaskID] = {
            name: self._progress.add_task(name, total=total) for name, total in totals.items()
        }
        self._weeks = weeks

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def advance(self, what: str, count: int) -> None:
        """Move one bar; without a terminal every thirteenth week prints a line."""
        self._progress.advance(self._tasks[what], count)
        done = int(self._progress.tasks[self._tasks["weeks"]].completed)
        if what == "weeks" and not self._console.is_terminal and done % 13 == 0:
            purchases = int(self._progress.tasks[self._tasks["purchases"]].completed)
            self._console.print(f"  week {done} of {self._weeks}: {purchases:,} purchases")
