"""Who works at the demo plant: four crews of three, and those who work by day. All names are invented."""

from dataclasses import dataclass
from typing import Final

from operations.access import Role
from operations.staff.people import Category
from operations.staff.records import NewPost
from telemetry.plant import Name


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody of the cast; `crew` and `post` are codes, None for those who stand on no roster."""

    number: str
    name: str
    account: str
    role: Role
    category: Category
    crew: str | None = None
    post: str | None = None
    qualifications: tuple[str, ...] = ()


CREWS: Final = (
    ("A", Name("甲班", "Crew A")),
    ("B", Name("乙班", "Crew B")),
    ("C", Name("丙班", "Crew C")),
    ("D", Name("丁班", "Crew D")),
)
POSTS: Final = (
    NewPost("leader", Name("班长", "Shift leader"), rank=0),
    NewPost("control", Name("中控", "Control room"), rank=1),
    NewPost("patrol", Name("巡检", "Patrol"), rank=2, answers=False),
)


def _operator(number: str, name: str, account: str, crew: str, post: str) -> Worker:
    return Worker(number, name, account, Role.OPERATOR, Category.OPERATOR, crew, post)


# Accounts are named like their people, but for those that visitors sign in with. `operator` is the
# leader of the crew that is on shift when the demo begins.
CAST: Final = (
    _operator("0101", "王磊", "operator", "A", "leader"),
    _operator("0102", "李静", "李静", "A", "control"),
    _operator("0103", "张伟", "张伟", "A", "patrol"),
    _operator("0201", "刘洋", "刘洋", "B", "leader"),
    _operator("0202", "陈晨", "陈晨", "B", "control"),
    _operator("0203", "杨帆", "杨帆", "B", "patrol"),
    _operator("0301", "赵敏", "赵敏", "C", "leader"),
    _operator("0302", "黄勇", "黄勇", "C", "control"),
    _operator("0303", "周杰", "周杰", "C", "patrol"),
    _operator("0401", "吴霞", "吴霞", "D", "leader"),
    _operator("0402", "徐亮", "徐亮", "D", "control"),
    _operator("0403", "孙悦", "孙悦", "D", "patrol"),
    Worker("0501", "何工", "engineer", Role.ENGINEER, Category.ENGINEER, qualifications=("工程师",)),
    Worker("0502", "郑丽", "laboratory", Role.LABORATORY, Category.LABORATORY, qualifications=("化验员证",)),
    Worker("0503", "马强", "maintenance", Role.MAINTENANCE, Category.MAINTENANCE, qualifications=("电工证",)),
    Worker("0001", "沈厂长", "manager", Role.MANAGER, Category.MANAGER),
)
