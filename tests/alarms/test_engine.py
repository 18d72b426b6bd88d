"""What the engine does, told as stories: seconds after T0 in, transitions out."""

import numpy as np
import pytest

from alarms.engine import Engine
from alarms.settings import RuleKind
from alarms.states import AlarmEvent, AlarmState, Transition
from telemetry.errors import Conflict, NotFound, StoreError
from telemetry.samples import SampleBatch
from tests.alarms.plants import (
    ANY_RUNNING,
    BAD,
    BLOWER,
    BLOWER_B,
    BOTH_RUNNING,
    DO,
    GOOD,
    LEVEL,
    LINK,
    LINKED,
    POINTS,
    RUNNING,
    SERIES,
    T0,
    UNCERTAIN,
    S,
    Story,
    batch,
    fault,
    instrument,
    limit,
    link,
    told,
)

H, HH, L = RuleKind.HIGH, RuleKind.HIGH_HIGH, RuleKind.LOW


def test_a_transition_tells_everything_that_is_journalled() -> None:
    engine = Engine([limit(H, 4.0, on_delay=3)], POINTS, SERIES)
    engine.evaluate(batch((DO, 1, 4.5)), T0 + S, 7)
    engine.evaluate(batch((DO, 3, 4.7)), T0 + 3 * S, 8)

    found = engine.evaluate(SampleBatch.empty(), T0 + 9 * S)

    normal, unacknowledged = AlarmState.NORMAL, AlarmState.UNACKNOWLEDGED
    at_us = T0 + 4 * S
    assert found == [
        Transition("AE_DO1.H", AlarmEvent.RAISE, normal, unacknowledged, at_us, 4.7, 4.0, 8),
    ]


class TestLimits:
    def test_a_spike_inside_a_batch_is_seen_without_a_delay(self) -> None:
        story = Story(limit(H, 4.0))

        assert story.batch((DO, 1, 3.0), (DO, 2, 5.0), (DO, 3, 3.0)) == [
            "2 raise AE_DO1.H",
            "3 clear AE_DO1.H",
        ]

    def test_rows_of_a_batch_are_taken_in_order_of_time_whatever_their_place(self) -> None:
        story = Story(limit(H, 4.0))

        assert story.batch((DO, 3, 3.0), (DO, 1, 3.0), (DO, 2, 5.0)) == [
            "2 raise AE_DO1.H",
            "3 clear AE_DO1.H",
        ]

    def test_a_value_back_within_the_limit_ends_the_on_delay(self) -> None:
        story = Story(limit(H, 4.0, on_delay=5))

        assert story.batch((DO, 1, 5.0)) == []
        assert story.batch((DO, 4, 4.0)) == []
        assert story.batch((DO, 5, 5.0)) == []
        assert story.tick(9.9) == []
        assert story.tick(10) == ["10 raise AE_DO1.H"]

    def test_a_value_within_the_deadband_goes_on_with_the_on_delay_and_holds_the_alarm(self) -> None:
        story = Story(limit(H, 4.0, deadband=0.5, on_delay=5))

        assert story.batch((DO, 1, 5.0)) == []
        assert story.batch((DO, 3, 3.6)) == []
        assert story.tick(7) == ["6 raise AE_DO1.H"]
        assert story.batch((DO, 8, 3.6)) == []
        assert story.batch((DO, 9, 3.5)) == ["9 clear AE_DO1.H"]

    def test_a_value_beyond_the_limit_ends_the_off_delay_but_one_in_the_deadband_does_not(self) -> None:
        story = Story(limit(H, 4.0, deadband=0.5, off_delay=5))

        assert story.batch((DO, 1, 5.0)) == ["1 raise AE_DO1.H"]
        assert story.batch((DO, 2, 3.0)) == []
        assert story.batch((DO, 4, 4.5)) == []
        assert story.batch((DO, 5, 3.0)) == []
        assert story.batch((DO, 7, 3.8)) == []
        assert story.tick(11) == ["10 clear AE_DO1.H"]

    def test_an_alarm_is_raised_as_of_its_delay_however_late_that_is_noticed(self) -> None:
        story = Story(limit(H, 4.0, on_delay=2))
        story.batch((DO, 1, 5.0))

        assert story.batch((DO, 9, 3.0)) == ["3 raise AE_DO1.H", "9 clear AE_DO1.H"]

    def test_inner_and_outer_limit_are_alarms_of_their_own(self) -> None:
        story = Story(limit(H, 4.0), limit(HH, 6.0), limit(L, 1.0), limit(RuleKind.LOW_LOW, 0.5))

        assert story.batch((DO, 1, 7.0)) == ["1 raise AE_DO1.H", "1 raise AE_DO1.HH"]
        assert story.batch((DO, 2, 5.0)) == ["2 clear AE_DO1.HH"]
        assert story.batch((DO, 3, 0.1)) == ["3 clear AE_DO1.H", "3 raise AE_DO1.L", "3 raise AE_DO1.LL"]


class TestQuality:
    def test_a_bad_value_neither_raises_nor_clears(self) -> None:
        story = Story(limit(H, 4.0), limit(H, 4.0, on=LEVEL))

        assert story.batch((DO, 1, 5.0)) == ["1 raise AE_DO1.H"]
        assert story.batch((DO, 2, 1.0, BAD), (LEVEL, 2, 9.0, BAD)) == []
        assert story.batch((DO, 3, np.nan), (LEVEL, 3, np.inf)) == []
        assert story.engine.states() == {"AE_DO1.H": AlarmState.UNACKNOWLEDGED}

    def test_a_delay_begins_anew_after_a_bad_value(self) -> None:
        story = Story(limit(H, 4.0, on_delay=5))

        assert story.batch((DO, 1, 5.0)) == []
        assert story.batch((DO, 4, 5.0, BAD)) == []
        assert story.batch((DO, 5, 5.0)) == []
        assert story.tick(9) == []
        assert story.tick(10) == ["10 raise AE_DO1.H"]

    def test_an_off_delay_begins_anew_after_a_bad_value(self) -> None:
        story = Story(limit(H, 4.0, off_delay=5))

        assert story.batch((DO, 1, 5.0), (DO, 2, 3.0)) == ["1 raise AE_DO1.H"]
        assert story.batch((DO, 6, 3.0, BAD), (DO, 7, 3.0)) == []
        assert story.tick(13) == ["12 clear AE_DO1.H"]

    def test_an_uncertain_value_counts(self) -> None:
        story = Story(limit(H, 4.0))

        assert story.batch((DO, 1, 5.0, UNCERTAIN)) == ["1 raise AE_DO1.H"]

    def test_a_tick_raises_nothing_on_stale_data(self) -> None:
        """DO comes every 5 s and is stale after 15."""
        story = Story(limit(H, 4.0, on_delay=20))

        assert story.batch((DO, 1, 5.0)) == []
        assert [story.tick(at_s) for at_s in (5, 10, 15, 20, 25)] == [[]] * 5
        assert story.batch((DO, 26, 5.0)) == []
        assert story.batch((DO, 40, 5.0)) == []
        assert story.tick(47) == ["46 raise AE_DO1.H"]

    def test_a_delay_that_was_over_before_the_data_was_stale_counts(self) -> None:
        story = Story(limit(H, 4.0, on_delay=10))
        story.batch((DO, 1, 5.0))

        assert story.tick(30) == ["11 raise AE_DO1.H"]

    def test_what_people_enter_is_never_stale(self) -> None:
        story = Story(limit(H, 4.0, on=LINK, on_delay=3600))
        story.batch((LINK, 1, 5.0))

        assert story.tick(4000) == ["3601 raise PLC2.link.H"]


class TestOrder:
    def test_a_late_sample_changes_nothing(self) -> None:
        story = Story(limit(H, 4.0))

        assert story.batch((DO, 5, 3.0)) == []
        assert story.batch((DO, 4, 9.0), at_s=6) == []

    def test_of_two_samples_of_one_time_the_last_counts(self) -> None:
        story = Story(limit(H, 4.0))

        assert story.batch((DO, 5, 9.0), (DO, 5, 3.0)) == []
        assert story.batch((DO, 5, 9.0), at_s=6) == ["5 raise AE_DO1.H"]

    def test_a_sample_from_the_future_counts_as_of_its_commit(self) -> None:
        story = Story(limit(H, 4.0))

        assert story.batch((DO, 90_000, 5.0), at_s=1) == ["1 raise AE_DO1.H"]
        assert story.batch((DO, 2, 3.0)) == ["2 clear AE_DO1.H"]

    def test_a_first_sample_that_is_history_changes_nothing(self) -> None:
        story = Story(limit(H, 4.0))

        assert story.batch((DO, -3600, 9.0), at_s=1) == []
        assert story.batch((DO, -10, 9.0), at_s=2) == ["-10 raise AE_DO1.H"]

    def test_what_a_station_kept_while_it_was_cut_off_is_judged(self) -> None:
        story = Story(limit(H, 4.0))
        story.batch((DO, 1, 3.0))

        assert story.batch((DO, 100, 9.0), (DO, 200, 3.0), at_s=3600) == [
            "100 raise AE_DO1.H",
            "200 clear AE_DO1.H",
        ]

    def test_an_unknown_series_is_passed_over(self) -> None:
        story = Story(limit(H, 4.0))
        strangers = SampleBatch.of([-1, 0, 9, 99, 2**31 - 1, -(2**31)], T0 + S, 9.0, GOOD)

        assert told(story.engine.evaluate(strangers, T0 + S, 1)) == []


class TestBits:
    def test_a_fault_bit_is_an_alarm_while_it_is_set(self) -> None:
        story = Story(fault(mask=4))

        assert story.batch((BLOWER, 1, 3.0)) == []
        assert story.batch((BLOWER, 2, 7.0)) == ["2 raise BL_B201A_ST.fault"]
        assert story.batch((BLOWER, 3, 1.0)) == ["3 clear BL_B201A_ST.fault"]

    def test_a_bad_word_leaves_it_as_it_stands(self) -> None:
        story = Story(fault())
        story.batch((BLOWER, 1, 4.0))

        assert story.batch((BLOWER, 2, 0.0, BAD)) == []
        assert story.engine.states() == {"BL_B201A_ST.fault": AlarmState.UNACKNOWLEDGED}


class TestEnabling:
    def test_a_rule_is_not_looked_at_before_its_condition_is_known(self) -> None:
        story = Story(limit(L, 2.0, enable=RUNNING))

        assert story.batch((DO, 1, 1.0)) == []
        assert story.batch((BLOWER, 2, 1.0, BAD)) == []
        assert story.batch((BLOWER, 3, 1.0)) == ["3 raise AE_DO1.L"]

    def test_a_stopped_machine_ends_its_alarm_at_once_without_the_off_delay(self) -> None:
        story = Story(limit(L, 2.0, off_delay=60, enable=RUNNING))
        story.batch((BLOWER, 1, 1.0), (DO, 1, 1.0))

        assert story.batch((BLOWER, 5, 0.0)) == ["5 clear AE_DO1.L"]

    def test_the_on_delay_begins_anew_when_the_machine_starts(self) -> None:
        story = Story(limit(L, 2.0, on_delay=10, enable=RUNNING))
        story.batch((DO, 1, 1.0), (BLOWER, 1, 1.0))
        story.batch((BLOWER, 5, 0.0), (DO, 5, 1.0))

        assert story.batch((DO, 11, 1.0)) == []
        assert story.batch((BLOWER, 12, 1.0)) == []
        assert story.tick(21) == []
        assert story.tick(22) == ["22 raise AE_DO1.L"]

    def test_a_bad_status_word_keeps_the_condition_as_it_was(self) -> None:
        story = Story(limit(L, 2.0, enable=RUNNING))
        story.batch((BLOWER, 1, 1.0))

        assert story.batch((BLOWER, 2, 0.0, BAD)) == []
        assert story.batch((DO, 3, 1.0)) == ["3 raise AE_DO1.L"]

    def test_a_status_and_a_value_of_one_time_are_seen_together(self) -> None:
        story = Story(limit(L, 2.0, enable=RUNNING))
        story.batch((DO, 1, 1.0))

        assert story.batch((DO, 2, 3.0), (BLOWER, 2, 1.0)) == []

    def test_a_status_that_changes_within_a_batch_counts_from_its_time_on(self) -> None:
        story = Story(limit(L, 2.0, enable=RUNNING))

        assert story.batch((DO, 1, 1.0), (BLOWER, 2, 1.0), (DO, 3, 3.0), (DO, 4, 1.0), (BLOWER, 5, 0.0)) == [
            "2 raise AE_DO1.L",
            "3 clear AE_DO1.L",
            "4 raise AE_DO1.L",
            "5 clear AE_DO1.L",
        ]

    def test_any_takes_one_of_them_and_all_takes_every_one(self) -> None:
        story = Story(limit(L, 2.0, enable=ANY_RUNNING), limit(H, 0.5, enable=BOTH_RUNNING))
        story.batch((DO, 1, 1.0))

        assert story.batch((BLOWER_B, 2, 1.0)) == ["2 raise AE_DO1.L"]
        assert story.batch((BLOWER, 3, 1.0)) == ["3 raise AE_DO1.H"]
        assert story.batch((BLOWER_B, 4, 0.0)) == ["4 clear AE_DO1.H"]
        assert story.batch((BLOWER, 5, 0.0)) == ["5 clear AE_DO1.L"]

    def test_a_disabled_alarm_ends_even_while_its_value_is_bad(self) -> None:
        story = Story(limit(L, 2.0, enable=RUNNING))
        story.batch((BLOWER, 1, 1.0), (DO, 1, 1.0))
        story.batch((DO, 2, 1.0, BAD))

        assert story.batch((BLOWER, 3, 0.0)) == ["3 clear AE_DO1.L"]
        assert story.batch((BLOWER, 4, 1.0)) == []
        assert story.batch((DO, 5, 1.0)) == ["5 raise AE_DO1.L"]


class TestInstruments:
    def test_a_bad_value_is_an_alarm_until_a_usable_one_comes(self) -> None:
        story = Story(instrument(on_delay=2))

        assert story.batch((DO, 1, 1.0, BAD)) == []
        assert story.tick(3) == ["3 raise AE_DO1.instrument"]
        assert story.batch((DO, 4, np.nan)) == []
        assert story.batch((DO, 5, 1.0, UNCERTAIN)) == ["5 clear AE_DO1.instrument"]

    def test_a_newest_sample_that_is_marked_is_no_alarm_now_and_ends_delays(self) -> None:
        story = Story(limit(H, 4.0, on_delay=5), instrument())
        story.batch((DO, 2, 4.5))

        assert story.batch((DO, 1, 1.0, BAD), (DO, 2, 4.5, BAD), at_s=4) == []
        assert story.tick(8) == []
        assert story.batch((DO, 9, 4.5)) == []
        assert story.batch((DO, 10, 4.5, BAD)) == ["10 raise AE_DO1.instrument"]
        assert story.batch((DO, 10, 4.5), at_s=11) == ["11 clear AE_DO1.instrument"]

    def test_silence_is_an_alarm_after_three_intervals(self) -> None:
        story = Story(instrument(), instrument(BLOWER))
        story.batch((DO, 1, 1.0), (BLOWER, 1, 1.0))

        assert story.tick(6) == []
        assert story.tick(11) == []
        assert story.tick(11.1) == ["11 raise BL_B201A_ST.instrument"]  # 3 s would be hasty
        assert story.tick(16.1) == ["16 raise AE_DO1.instrument"]
        assert story.batch((DO, 17, 1.0)) == ["17 clear AE_DO1.instrument"]

    def test_a_point_that_never_came_is_silent_since_the_node_looks(self) -> None:
        story = Story(instrument())

        assert [story.tick(at_s) for at_s in (5, 10, 15)] == [[], [], []]
        assert story.tick(15.1) == ["15 raise AE_DO1.instrument"]

    def test_silence_before_a_sample_is_told_with_that_sample(self) -> None:
        story = Story(instrument())
        story.batch((DO, 0.5, 1.0))
        story.tick(5)
        story.tick(10)
        story.tick(15)

        assert story.batch((DO, 18, 1.0)) == ["15.5 raise AE_DO1.instrument", "18 clear AE_DO1.instrument"]

    def test_a_lost_line_is_one_alarm(self) -> None:
        story = Story(link(), instrument(on_delay=5, enable=LINKED), instrument(LEVEL, 5, enable=LINKED))
        story.batch((LINK, 1, 1.0), (DO, 1, 1.0), (LEVEL, 1, 1.0))

        assert story.batch((DO, 3, 1.0, BAD), (LEVEL, 3, 1.0, BAD)) == []
        assert story.batch((LINK, 3, 0.0), at_s=3.1) == ["3 raise PLC2.link"]
        assert [story.tick(at_s) for at_s in (8, 13, 18, 23, 28)] == [[]] * 5

    def test_when_the_line_is_back_what_was_bad_before_says_nothing(self) -> None:
        story = Story(link(), instrument(enable=LINKED), instrument(LEVEL, enable=LINKED))
        story.batch((LINK, 1, 1.0), (DO, 1, 1.0), (LEVEL, 1, 1.0))
        story.batch((LINK, 3, 0.0), (DO, 3, 1.0, BAD), (LEVEL, 3, 1.0, BAD))

        assert story.batch((LINK, 60, 1.0)) == ["60 clear PLC2.link"]
        assert story.batch((DO, 61, 1.0)) == []
        assert story.batch((LEVEL, 62, 1.0, BAD)) == ["62 raise PS_LIT101.instrument"]


class TestLateSamples:
    """DO comes every 5 s and is stale after 15."""

    def test_a_backlog_is_one_return_and_no_flood(self) -> None:
        story = Story(instrument())
        story.batch((DO, 1, 1.0))
        silent = [story.tick(at_s) for at_s in range(5, 7200, 5)]

        backlog = [story.batch((DO, 5 * number, 1.0), at_s=7200 + number / 100) for number in range(1, 1440)]

        assert [told for told in silent if told] == [["16 raise AE_DO1.instrument"]]
        assert [told for told in backlog if told] == [["7200.01 clear AE_DO1.instrument"]]
        assert story.tick(7219) == []

    def test_a_backlog_in_one_batch_is_one_return(self) -> None:
        story = Story(instrument())
        story.batch((DO, 1, 1.0))
        for at_s in range(5, 7200, 5):
            story.tick(at_s)

        rows = [(DO, 5.0 * number, 1.0) for number in range(1, 1440)]

        assert story.batch(*rows, at_s=7200) == ["7200 clear AE_DO1.instrument"]

    def test_a_device_whose_clock_is_late_is_not_silent(self) -> None:
        story = Story(instrument())
        story.batch((DO, 1, 1.0))

        found = []
        for at_s in range(5, 7200, 5):
            found += story.batch((DO, at_s - 150, 1.0), at_s=at_s)
            found += story.tick(at_s + 4)

        # Until its clock has made up for having been set back, nothing of it counts.
        assert found == ["16 raise AE_DO1.instrument", "155 clear AE_DO1.instrument"]

    def test_the_silence_of_a_device_whose_clock_is_late_counts_from_its_last_message(self) -> None:
        story = Story(instrument(on_delay=5, off_delay=5))
        story.batch((DO, 1, 1.0))
        story.batch((DO, 6, 1.0), at_s=10)

        assert [story.tick(at_s) for at_s in (15, 20, 25, 29.9)] == [[]] * 4
        assert story.tick(30) == ["30 raise AE_DO1.instrument"]
        assert story.batch((DO, 27, 1.0), at_s=31) == []
        assert story.tick(36) == ["36 clear AE_DO1.instrument"]

    def test_a_silence_no_tick_noticed_is_told_with_the_late_sample_that_ends_it(self) -> None:
        story = Story(instrument(on_delay=5))
        story.batch((DO, 1, 1.0))
        for at_s in (5, 10, 15):
            story.tick(at_s)
        story.tick(20)

        assert story.batch((DO, 5, 1.0), at_s=24) == [
            "21 raise AE_DO1.instrument",
            "24 clear AE_DO1.instrument",
        ]

    def test_the_delay_of_a_late_sample_runs_on_as_late_as_it_came(self) -> None:
        story = Story(limit(H, 4.0, on_delay=10))
        story.batch((DO, 1, 3.0))

        assert story.batch((DO, 5, 5.0), at_s=155) == []
        assert story.tick(159) == []
        assert story.batch((DO, 10, 3.0), at_s=160) == []
        assert story.batch((DO, 15, 5.0), at_s=165) == []
        assert story.tick(174.9) == []
        assert story.tick(175) == ["25 raise AE_DO1.H"]

    def test_a_tick_raises_nothing_on_a_late_sample_once_it_is_stale(self) -> None:
        story = Story(limit(H, 4.0, on_delay=20))
        story.batch((DO, 1, 3.0))
        story.batch((DO, 5, 5.0), at_s=155)

        assert [story.tick(at_s) for at_s in range(160, 200, 5)] == [[]] * 8

    def test_a_spike_in_a_backlog_shorter_than_its_delay_is_no_alarm(self) -> None:
        story = Story(limit(H, 4.0, on_delay=10))
        story.batch((DO, 1, 3.0))

        found = [
            story.batch((DO, 5 * number, 5.0 if number == 7 else 3.0), at_s=3600 + number / 100)
            for number in range(1, 20)
        ]

        assert found == [[]] * 19

    def test_a_late_value_that_still_comes_is_judged_when_its_rule_is_enabled(self) -> None:
        story = Story(limit(L, 2.0, enable=RUNNING))
        story.batch((DO, 1, 1.0))
        story.batch((DO, 5, 1.0), at_s=155)

        assert story.batch((BLOWER, 157, 1.0)) == ["157 raise AE_DO1.L"]

    def test_a_late_device_is_not_silent_after_a_restart(self) -> None:
        story = Story(instrument())
        story.batch((DO, 1, 1.0))
        story.batch((DO, 2, 1.0), at_s=14)

        assert story.restart(instrument()) == []
        assert [story.tick(at_s) for at_s in (18, 22, 26, 29)] == [[]] * 4
        assert story.tick(30) == ["29 raise AE_DO1.instrument"]


class TestClocks:
    def test_after_the_clock_was_set_back_alarms_go_on(self) -> None:
        story = Story(limit(H, 4.0), limit(H, 4.0, on=LEVEL, on_delay=10))
        story.batch((DO, 1000, 5.0), (LEVEL, 1000, 5.0))

        assert story.batch((DO, 400, 3.0), at_s=400) == ["400 clear AE_DO1.H"]
        assert story.tick(409) == []
        assert story.tick(410) == ["410 raise PS_LIT101.H"]

    def test_a_small_step_back_lets_time_stand_still(self) -> None:
        story = Story(limit(H, 4.0, on_delay=2))
        story.batch((DO, 10, 5.0))

        assert story.tick(8) == []
        assert story.engine.now_us == T0 + 10 * S
        assert story.tick(12) == ["12 raise AE_DO1.H"]

    def test_a_jump_ahead_is_nobodys_silence(self) -> None:
        story = Story(instrument(), limit(H, 4.0, on_delay=60))
        story.batch((DO, 1, 5.0))

        assert story.tick(3600) == []
        assert story.batch((DO, 3601, 5.0)) == []
        assert story.tick(3606) == []

    def test_after_a_jump_ahead_silence_counts_from_there(self) -> None:
        story = Story(instrument())
        story.batch((DO, 1, 5.0))
        story.tick(3600)

        assert [story.tick(at_s) for at_s in (3605, 3610, 3615)] == [[], [], []]
        assert story.tick(3616) == ["3615 raise AE_DO1.instrument"]

    def test_transitions_of_a_rule_never_share_a_time(self) -> None:
        story = Story(limit(H, 4.0, on_delay=5))
        story.batch((DO, 0, 5.0))

        assert story.batch((DO, 5, 3.0)) == ["5 raise AE_DO1.H", "5 clear AE_DO1.H"]
        at_us = [int(at) for at in story.engine._annunciator.last_us]
        assert at_us == [T0 + 5 * S + 1]


class TestAcknowledging:
    def test_an_acknowledged_alarm_is_normal_when_it_clears(self) -> None:
        story = Story(limit(H, 4.0))
        story.batch((DO, 1, 5.0))

        done = story.engine.acknowledge("AE_DO1.H", T0 + 2 * S)

        unacknowledged, acknowledged = AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED
        event = AlarmEvent.ACKNOWLEDGE
        at_us = T0 + 2 * S
        assert done == Transition("AE_DO1.H", event, unacknowledged, acknowledged, at_us, 5.0, 4.0, 1)
        assert story.batch((DO, 3, 3.0)) == ["3 clear AE_DO1.H"]
        assert story.engine.states() == {}

    def test_a_returned_alarm_is_normal_when_it_is_acknowledged(self) -> None:
        story = Story(limit(H, 4.0))
        story.batch((DO, 1, 5.0), (DO, 2, 3.0))
        assert story.engine.states() == {"AE_DO1.H": AlarmState.RETURNED}

        story.engine.acknowledge("AE_DO1.H", T0 + 3 * S)

        assert story.engine.states() == {}

    def test_there_is_nothing_to_acknowledge_twice_or_where_nothing_is(self) -> None:
        story = Story(limit(H, 4.0))
        with pytest.raises(NotFound):
            story.engine.acknowledge("AE_DO1.H", T0)
        with pytest.raises(NotFound):
            story.engine.acknowledge("AE_DO9.H", T0)
        story.batch((DO, 1, 5.0))
        story.engine.acknowledge("AE_DO1.H", T0 + 2 * S)
        with pytest.raises(Conflict):
            story.engine.acknowledge("AE_DO1.H", T0 + 3 * S)

    def test_what_could_not_be_kept_is_taken_back(self) -> None:
        story = Story(limit(H, 4.0))
        story.batch((DO, 1, 5.0))
        done = story.engine.acknowledge("AE_DO1.H", T0 + 2 * S)

        story.engine.undo(done)

        assert story.engine.states() == {"AE_DO1.H": AlarmState.UNACKNOWLEDGED}


class TestSnapshots:
    def test_states_and_delays_go_on_after_a_restart(self) -> None:
        rules = (limit(H, 4.0, on_delay=10), limit(H, 4.0, on=LEVEL), fault())
        story = Story(*rules)
        story.batch((DO, 1, 5.0), (LEVEL, 1, 5.0), (BLOWER, 1, 4.0), (BLOWER, 2, 0.0))
        story.engine.acknowledge("PS_LIT101.H", T0 + 3 * S)

        assert story.restart(*rules) == []

        states = {"PS_LIT101.H": AlarmState.ACKNOWLEDGED, "BL_B201A_ST.fault": AlarmState.RETURNED}
        assert story.engine.states() == states
        assert story.tick(12) == ["11 raise AE_DO1.H"]

    def test_the_alarm_of_a_rule_that_is_gone_is_withdrawn(self) -> None:
        story = Story(limit(H, 4.0), limit(HH, 6.0))
        story.batch((DO, 1, 7.0))

        assert story.restart(limit(H, 4.0)) == ["1 withdraw AE_DO1.HH"]

        assert story.engine.states() == {"AE_DO1.H": AlarmState.UNACKNOWLEDGED}

    def test_a_new_rule_begins_normal_and_sees_the_next_sample(self) -> None:
        story = Story()
        story.batch((DO, 1, 7.0))

        assert story.restart(limit(H, 4.0)) == []

        assert story.engine.states() == {}
        assert story.batch((DO, 2, 7.0)) == ["2 raise AE_DO1.H"]

    def test_a_changed_threshold_is_judged_anew_without_the_deadbands_memory(self) -> None:
        story = Story(limit(H, 4.0, deadband=1.0))
        story.batch((DO, 1, 4.5))

        assert story.restart(limit(H, 5.0, deadband=1.0)) == ["1 clear AE_DO1.H"]

    def test_a_changed_threshold_that_is_still_exceeded_keeps_the_alarm(self) -> None:
        story = Story(limit(H, 4.0))
        story.batch((DO, 1, 6.0))

        assert story.restart(limit(H, 5.0)) == []

        assert story.batch((DO, 2, 5.0)) == ["2 clear AE_DO1.H"]

    def test_a_limit_that_no_longer_holds_clears(self) -> None:
        story = Story(limit(H, 4.0))
        story.batch((DO, 1, 6.0))

        assert story.restart(limit(H, np.inf)) == ["1 clear AE_DO1.H"]

    def test_a_changed_threshold_waits_for_a_usable_value(self) -> None:
        story = Story(limit(H, 4.0))
        story.batch((DO, 1, 4.5))
        story.batch((DO, 2, 4.5, BAD))

        assert story.restart(limit(H, 5.0)) == []
        assert story.batch((DO, 3, 4.5)) == ["3 clear AE_DO1.H"]

    def test_an_alarm_that_is_no_longer_enabled_clears(self) -> None:
        story = Story(limit(H, 4.0))
        story.batch((DO, 1, 6.0))

        assert story.restart(limit(H, 4.0, enable=RUNNING)) == ["1 clear AE_DO1.H"]

    def test_points_that_are_gone_are_passed_over(self) -> None:
        story = Story(limit(H, 4.0), limit(H, 4.0, on=LEVEL))
        story.batch((DO, 1, 6.0), (LEVEL, 1, 6.0))

        assert story.restart(limit(H, 4.0), points=[DO]) == ["1 withdraw PS_LIT101.H"]
        assert story.batch((DO, 2, 3.0), (LEVEL, 2, 3.0)) == ["2 clear AE_DO1.H"]

    def test_the_time_a_node_was_down_is_nobodys_silence(self) -> None:
        story = Story(instrument())
        story.batch((DO, 1, 5.0))
        story.restart(instrument())

        assert story.tick(3600) == []
        assert story.batch((DO, 3601, 5.0)) == []

    @pytest.mark.parametrize(
        "damage",
        [
            lambda data: b"",
            lambda data: data[:-1],
            lambda data: data[:20] + bytes([data[20] ^ 1]) + data[21:],
            lambda data: b"not a snapshot",
        ],
    )
    def test_a_damaged_snapshot_is_refused(self, damage: object) -> None:
        story = Story(limit(H, 4.0))
        story.batch((DO, 1, 5.0))
        data = story.engine.snapshot()

        with pytest.raises(StoreError, match="snapshot"):
            Engine([limit(H, 4.0)], POINTS, SERIES).restore(damage(data))  # type: ignore[operator]

    def test_without_a_snapshot_alarms_stand_as_the_journal_says(self) -> None:
        engine = Engine([limit(H, 4.0), fault()], POINTS, SERIES)
        states = {
            "AE_DO1.H": AlarmState.ACKNOWLEDGED,
            "BL_B201A_ST.fault": AlarmState.RETURNED,
            "GONE.H": AlarmState.UNACKNOWLEDGED,
        }

        assert told(engine.adopt(states, T0)) == ["0 withdraw GONE.H"]

        del states["GONE.H"]
        assert engine.states() == states
        assert told(engine.evaluate(batch((DO, 1, 3.0)), T0 + S)) == ["1 clear AE_DO1.H"]


def test_an_engine_without_rules_or_points_takes_anything() -> None:
    assert Engine([], [], {}).evaluate(batch((DO, 1, 5.0)), T0 + S) == []
    assert Engine([], POINTS, SERIES).evaluate(batch((DO, 1, 5.0)), T0 + S) == []
