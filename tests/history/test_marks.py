"""Marks in force take what counts in their time, the first made first, whenever it comes."""

from pathlib import Path
from uuid import UUID

from history.embedded import EmbeddedHistory
from history.marks import Mark, MarkKind, MarksInForce
from telemetry.people import Actor
from tests.contracts.samples import batch_of, rows_of
from tests.history.files import copied
from tests.history.noting import entries_at

A, B = 1, 2
GOOD, UNCERTAIN, FAULT, STOPPED, COMM = 192, 64, 12, 28, 24
FOREVER = (-(10**18), 10**18, 1000)
DAY_US = 86_400_000_000
WANG = Actor(UUID(int=1), "王磊")


def test_what_counts_takes_the_quality_of_the_first_mark_it_lies_in() -> None:
    marks = MarksInForce(
        [Mark("x", A, 10, 20, FAULT), Mark("y", A, 5, 15, STOPPED), Mark("z", B, 0, 9, FAULT)]
    )
    samples = batch_of((A, at, 1.0, GOOD) for at in (4, 5, 9, 10, 14, 19, 20))

    marked, own = marks.applied(samples)

    assert marked.quality.tolist() == [GOOD, STOPPED, STOPPED, FAULT, FAULT, FAULT, GOOD]
    assert rows_of(own) == [(A, at, 1.0, GOOD) for at in (5, 9, 10, 14, 19)]
    assert marks.taken_by("y", samples).tolist() == [False, True, True, False, False, False, False]


def test_what_does_not_count_is_left_as_it_is_and_so_is_another_series() -> None:
    marks = MarksInForce([Mark("x", A, 10, 20, FAULT), Mark("y", A, 30, 40, FAULT)])
    samples = batch_of(
        [
            (A, 12, 1.0, COMM),
            (B, 12, 1.0, GOOD),
            (9, 12, 1.0, GOOD),
            (A, 25, 1.0, GOOD),
            (A, 30, 1.0, UNCERTAIN),
        ]
    )

    marked, own = marks.applied(samples)

    assert marked.quality.tolist() == [COMM, GOOD, GOOD, GOOD, FAULT]
    assert rows_of(own) == [(A, 30, 1.0, UNCERTAIN)]
    assert marks.covers(samples).tolist() == [True, False, False, False, True]


def test_without_marks_a_batch_is_passed_on() -> None:
    samples = batch_of([(A, 12, 1.0, GOOD)])

    assert MarksInForce().applied(samples)[0] is samples


async def test_a_mark_and_its_withdrawal_outlast_a_kill(
    history: EmbeddedHistory, file: Path, tmp_path: Path
) -> None:
    history.commit(batch_of([(A, 1, 1.0, GOOD), (A, 2, 2.0, UNCERTAIN)]), 0)
    mark = await entries_at(history, DAY_US).mark("AE_DO1", 0, 10, MarkKind.STOPPED, "停运", WANG)

    marked = EmbeddedHistory.open(copied(file, tmp_path / "marked"))
    marked.series_ids("fangcheng1", ["AE_DO1"])
    marked.commit(batch_of([(A, 1, 1.5, GOOD), (A, 3, 3.0, GOOD)]), 0)
    await entries_at(history, DAY_US).withdraw(mark.id, "误标", WANG)
    withdrawn = EmbeddedHistory.open(copied(file, tmp_path / "withdrawn"))
    withdrawn.series_ids("fangcheng1", ["AE_DO1"])
    withdrawn.commit(batch_of([(A, 1, 1.5, GOOD)]), 0)

    assert rows_of(await marked.samples("AE_DO1", *FOREVER)) == [
        (A, 1, 1.5, STOPPED), (A, 2, 2.0, STOPPED), (A, 3, 3.0, STOPPED)
    ]  # fmt: skip
    assert rows_of(marked.latest()) == [(A, 3, 3.0, STOPPED)]
    assert rows_of(await withdrawn.samples("AE_DO1", *FOREVER)) == [(A, 1, 1.5, GOOD), (A, 2, 2.0, UNCERTAIN)]
    marked.close()
    withdrawn.close()
