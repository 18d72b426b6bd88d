"""A set of the plant's rules as data: every number, and every place where their text leaves room.

Nothing here has a default in code: the shipped set stands in config/assessment/, and a plant's rules.yaml
says what differs from a day on. A month is judged by the sets that held on its days.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from telemetry.plant import Name
from telemetry.settings import Duration, Settings

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
Yuan = Annotated[float, Field(ge=0, le=100_000)]


class Counted(StrEnum):
    """Which slips count as one of the penalties of a year."""

    DUTY_ITEMS = "duty_items"
    EVERY_SLIP = "every_slip"


class Missing(StrEnum):
    """What a signature that was forgotten makes of a shift that somebody worked."""

    OPEN_ITEM = "open_item"
    """The plant manager settles it, with a reason."""
    ABSENCE = "absence"
    NOTHING = "nothing"


class Belongs(StrEnum):
    """To which date, month and year a shift over midnight belongs."""

    START = "start"
    END = "end"


class Shared(StrEnum):
    """What several people on shift pay for one finding."""

    EACH = "each"
    TOGETHER = "together"


class OnlineRate(StrEnum):
    """Which figure 在线仪达标率 means in the assessment."""

    UPTIME = "uptime"
    COMPLIANCE = "compliance"


class Step(StrEnum):
    """Who agrees to leave and swaps, in this order."""

    AGREE = "agree"
    """Of a swap or cover: the colleague who takes the turn."""
    ENDORSE = "endorse"
    """The plant manager."""
    APPROVE = "approve"
    """The operations department."""


class Quoted(Settings):
    """A sentence of the rules, as written and for others."""

    zh: Words = Field(description="as the rules say it")
    en: Words = Field(description="as others say it")


class Conversion(Settings):
    """折算旷工: late and early leaves of a month that make a day's absence."""

    every: int = Field(
        ge=1, le=100, description="how many of them, complete, make it; what is over is not carried"
    )
    absence_days: float = Field(gt=0, le=31, description="what it adds to the year's absence days")
    takes_day_wage: bool = Field(description="whether the day's wage is taken for it")
    takes_absence_fine: bool = Field(description="whether the sum of an absence is taken for it")
    fines_stand: bool = Field(description="whether the sums of the occurrences themselves stand beside it")


class Clause(Settings):
    """The attendance clause of one kind of staff."""

    source: Words = Field(description="the paragraph it comes from, as it is printed beside each line")
    late_after: Duration = Field(description="a sign-in at or after start plus this is late")
    early_before: Duration = Field(description="a sign-out at or before end less this is an early leave")
    absent_after: Duration = Field(description="a sign-in at or after start plus this is an absence")
    absent_before: Duration = Field(description="a sign-out at or before end less this is an absence")
    late_yuan: Yuan = Field(description="each time")
    early_yuan: Yuan = Field(description="each time")
    off_post_yuan: Yuan = Field(description="each time")
    asleep_yuan: Yuan = Field(description="each time")
    absence_yuan: Yuan = Field(description="beside the day's wage")
    absence_takes_day_wage: bool = Field(description="whether the day's wage is taken for an absence")
    absence_swallows: bool = Field(description="whether late and early of the same shift go into its absence")
    duty_item_yuan: Yuan | None = Field(description="each finding; null where the text has none")
    conversion: Conversion | None = Field(description="null where the text has none")
    absence_days_cancel_bonus: float | None = Field(
        description="absence days of a calendar year from which on the bonus is cancelled; null where none"
    )
    penalties_cancel_bonus: int | None = Field(
        description="penalties of a calendar year from which on the bonus is cancelled; null where none"
    )
    penalties_counted: Counted = Field(description="which slips count as one of them")
    leave_needs: tuple[Step, ...] = Field(
        min_length=1,
        description="who agrees to leave and swaps; `agree` is the colleague, of swaps and covers",
    )
    sentences: Mapping[Code, Quoted] = Field(description="what is quoted beside each kind of line")

    @model_validator(mode="after")
    def _absence_comes_later(self) -> Self:
        if self.absent_after <= self.late_after or self.absent_before <= self.early_before:
            raise ValueError("an absence begins later than late and early do")
        return self


class DutyItem(Settings):
    """One of the duties whose neglect is a finding."""

    code: Code = Field(description="what findings keep; never changed")
    zh: Words = Field(description="as the rules say it")
    en: Words = Field(description="as others say it")

    @property
    def name(self) -> Name:
        """Its name in both languages."""
        return Name(self.zh, self.en)


class SlipRules(Settings):
    """When a slip (处罚证明) is valid; never without a person's decision and word to the one concerned."""

    needs: tuple[Literal["confirm", "notify", "sign"], ...] = Field(
        description="steps before it counts: confirm and notify always, sign where it is to be signed"
    )
    signed_by: tuple[Literal["person", "witness", "handler"], ...] = Field(
        description="who is named on it where it is to be signed"
    )
    refusal_needs_witness: bool = Field(description="whether 拒签 names a witness")
    review_always_open: bool = Field(description="whether 复议 may be asked at any time")
    excluded_by: tuple[Literal["instrument_fault", "force_majeure"], ...] = Field(
        description="causes that take a finding out of every sum, while it stays visible"
    )

    @model_validator(mode="after")
    def _never_automatic(self) -> Self:
        if not {"confirm", "notify"} <= set(self.needs):
            raise ValueError("a slip needs confirm and notify: none is ever valid by itself")
        return self


class CheckRules(Settings):
    """How 脱岗 and 睡岗 are established: by an on-duty check (查岗)."""

    needs: tuple[Literal["place", "what", "evidence"], ...] = Field(
        description="what the check must say, beside who checked and when"
    )


class WageRules(Settings):
    """What a proposed deduction (绩效扣减建议) is held against."""

    minimum_month_yuan: Yuan | None = Field(
        description="the place's minimum wage; null: not entered, and said so"
    )
    work_days_month: float = Field(gt=0, le=31, description="by which a month's wage is divided for a day's")


class RuleSet(Settings):
    """All of it, from a day on."""

    valid_from: date = Field(description="first day, by the start of shifts")
    title: Words = Field(description="what it is called where it is cited")
    clauses: Mapping[Code, Clause] = Field(min_length=1, description="by name; categories are mapped to them")
    categories: Mapping[Code, Code] = Field(
        min_length=1, description="each category of staff, and its clause"
    )
    duty_items: tuple[DutyItem, ...] = Field(description="what a finding of a duty may name")
    shift_belongs_to: Belongs = Field(description="a shift over midnight: the day of its start or of its end")
    no_sign_out: Missing = Field(description="somebody signed in and never out")
    no_sign_out_after: Duration = Field(description="how long after the shift's end a sign-out is waited for")
    no_sign_in: Missing = Field(description="somebody signed out and never in")
    released_is_judged: bool = Field(
        description="whether who was released by approved leave or swap is judged"
    )
    substitute_is_judged: bool = Field(description="whether the substitute is")
    late_approval_voids: bool = Field(description="whether leave approved afterwards voids the absence")
    unapproved_leave_is_absence: bool = Field(description="whether leave without approval is an absence")
    duty_item_charges: Shared = Field(description="what several people on shift pay for one finding")
    slips: SlipRules = Field(description="when a slip counts")
    on_duty_check: CheckRules = Field(description="what an on-duty check must say")
    wages: WageRules = Field(description="what deductions are held against")
    online_rate: OnlineRate = Field(description="which figure of the analysers the assessment takes")
    online_rate_target: float = Field(
        ge=0, le=1, description="what analysers must reach in a month, as a share"
    )
    responses_from: Literal["low", "medium", "high", "critical"] = Field(
        description="lowest priority of the alarms whose answers are shown"
    )

    @model_validator(mode="after")
    def _categories_lead_to_clauses(self) -> Self:
        for category, clause in self.categories.items():
            if clause not in self.clauses:
                raise ValueError(f"category {category} is mapped to {clause}, which is no clause here")
        return self

    @property
    def id(self) -> str:
        """What findings keep of it: its first day."""
        return self.valid_from.isoformat()

    def clause_of(self, category: str) -> Clause | None:
        """Return the clause of a category; None for one that nobody mapped."""
        name = self.categories.get(category)
        return None if name is None else self.clauses[name]

    def duty_item(self, code: str) -> DutyItem | None:
        """Return a duty by its code."""
        return next((item for item in self.duty_items if item.code == code), None)
