"""What a slip can be for, and the sentence of the rules that each proposal rests on."""

from enum import StrEnum


class SlipKind(StrEnum):
    """What somebody is said to have done. A concentration is none of these, and never will be."""

    LATE = "late"
    EARLY = "early"
    ABSENCE = "absence"
    OFF_POST = "off_post"
    ASLEEP = "asleep"
    DUTY_ITEM = "duty_item"


class Sentence(StrEnum):
    """The sentence of the rules behind a line, quoted beside it."""

    LATE = "late"
    EARLY = "early"
    ABSENT_LATE = "absent_late"
    """上班迟到1小时以上"""
    ABSENT_EARLY = "absent_early"
    """提前1小时下班"""
    ABSENT_MISSING = "absent_missing"
    """无故不上班"""
    ABSENT_UNAPPROVED = "absent_unapproved"
    """未经许可擅自调休或未履行请假手续按旷工处理"""
    OFF_POST = "off_post"
    ASLEEP = "asleep"
    DUTY_ITEM = "duty_item"
    CONVERTED = "converted"
    """当月累计迟到或早退3次折算旷工一天"""
    ABSENCE_DAYS = "absence_days"
    """全年累计旷工5天（含5天）取消年终绩效"""
    PENALTIES = "penalties"
    """全年累计处罚10次（含10次）取消年终绩效"""


class OpenKind(StrEnum):
    """What the plant manager must settle before a shift can be judged."""

    NO_SIGN_OUT = "no_sign_out"
    NO_SIGN_IN = "no_sign_in"


class Attended(StrEnum):
    """How a turn stands."""

    AHEAD = "ahead"
    ON_SHIFT = "on_shift"
    WAITED_FOR = "waited_for"
    """It began, and nobody signed in yet."""
    RELEASED = "released"
    """Leave or a swap was approved."""
    WORKED = "worked"
    ABSENT = "absent"
    UNJUDGED = "unjudged"
    """No rule speaks of this person, or of this day."""
