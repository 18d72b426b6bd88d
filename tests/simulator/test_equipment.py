"""Drives and groups of them on duty."""

from simulator.equipment import Drive, DutyGroup


def group(count: int = 3, wanted: int = 2, delay_s: float = 30.0) -> DutyGroup:
    drives = [Drive(f"P{number}", hours=100.0) for number in range(count)]
    made = DutyGroup(drives, start_delay_s=delay_s, swap_after_s=3600.0, wanted=wanted)
    made.start_at_once()
    return made


def running(made: DutyGroup) -> list[str]:
    return [drive.id for drive in made.drives if drive.running]


def test_as_many_run_as_are_wanted() -> None:
    made = group()

    assert running(made) == ["P0", "P1"]


def test_a_tripped_drive_shows_its_fault_and_does_not_run() -> None:
    made = group()

    made.drives[0].trip()

    assert made.drives[0].bits == {"fault", "remote", "auto"}
    assert made.drives[1].bits == {"running", "remote", "auto", "ready"}
    assert made.drives[2].bits == {"remote", "auto", "ready"}


def test_the_standby_starts_after_the_delay() -> None:
    made = group()
    made.drives[0].trip()

    for _ in range(29):
        made.advance(1.0)
    before = running(made)
    made.advance(1.0)

    assert before == ["P1"]
    assert running(made) == ["P1", "P2"]


def test_nothing_starts_while_no_drive_is_available() -> None:
    made = group(count=2)
    for drive in made.drives:
        drive.trip()

    for _ in range(100):
        made.advance(1.0)

    assert running(made) == []


def test_a_reset_drive_stands_by_until_it_is_wanted() -> None:
    made = group()
    made.drives[0].trip()
    for _ in range(40):
        made.advance(1.0)

    made.drives[0].reset()
    made.advance(1.0)

    assert running(made) == ["P1", "P2"]
    assert made.drives[0].bits == {"remote", "auto", "ready"}


def test_duty_goes_round_so_that_run_hours_stay_together() -> None:
    made = group()

    for _ in range(24 * 60):
        made.advance(60.0)

    hours = [drive.hours for drive in made.drives]
    assert abs(sum(hours) - 348.0) < 0.1
    assert max(hours) - min(hours) < 2.5


def test_run_hours_count_only_while_it_runs() -> None:
    drive = Drive("P", hours=10.0)

    drive.advance(3600.0)
    drive.start()
    drive.advance(1800.0)
    drive.trip()
    drive.advance(3600.0)

    assert drive.hours == 10.5
    assert drive.starts == 1
