"""`/api/v1/staff`, crews and posts: who works here, as records that are only added to."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from alarms.notify.service import Pushes
from api.formats import Day, Time, json_response, local_time
from api.names import NameBody, name_shape
from api.problems import invalid
from api.routes import actor_of, principal_of, stated
from api.services import ApiServices
from operations.access import Permission
from operations.staff.people import EVER, Category, Contact, Crew, Membership, Post, StaffMember
from operations.staff.records import NewPost, NewStaff
from telemetry.clock import to_us
from telemetry.errors import NotFound

Words = Annotated[str, Field(min_length=1, max_length=64)]
Code = Annotated[str, Field(min_length=1, max_length=32, examples=["A"])]
Qualification = Annotated[str, Field(min_length=1, max_length=32, examples=["电工证"])]
Person = Annotated[UUID, Path(description="`person` of somebody on the staff")]
KnownAt = Annotated[Time | None, Query(description="as it was known then; now where it is absent")]


class ContactBody(BaseModel):
    """Where somebody is reached."""

    model_config = ConfigDict(extra="forbid")

    kind: Code = Field(examples=["wecom"])
    url: str = Field(min_length=1, max_length=1000, description="an Apprise URL; it is a secret")
    language: Literal["zh_CN", "en"] | None = Field(
        default=None, description="what pushes to this person are written in; zh_CN where no contact says it"
    )


class StaffBody(BaseModel):
    """What is said of somebody; what is absent stays as it was."""

    model_config = ConfigDict(extra="forbid")

    number: Code | None = Field(default=None, examples=["0107"])
    name: Words | None = Field(default=None, examples=["王磊"])
    category: Category | None = None
    qualifications: list[Qualification] | None = Field(default=None, max_length=32)
    account: str | None = Field(default=None, max_length=64, description="an account's name; empty: none")
    contacts: list[ContactBody] | None = Field(default=None, max_length=8)
    valid_from: Day | None = Field(default=None, description="from this day on; today where it is absent")


class Leaving(BaseModel):
    """When somebody leaves."""

    model_config = ConfigDict(extra="forbid")

    last_day: Day | None = Field(default=None, description="the last day; absent: gone at once")


class Returning(BaseModel):
    """When somebody is back."""

    model_config = ConfigDict(extra="forbid")

    valid_from: Day | None = None


class CrewBody(BaseModel):
    """A crew."""

    model_config = ConfigDict(extra="forbid")

    code: Code
    name: NameBody
    active: bool = True


class PostBody(BaseModel):
    """A post."""

    model_config = ConfigDict(extra="forbid")

    code: Code
    name: NameBody
    minimum: int = Field(default=1, ge=0, le=100, description="how many a turn needs there")
    qualification: Qualification | None = None
    rank: int = Field(default=0, ge=0, le=1000, description="posts are listed in this order")
    answers: bool = Field(default=True, description="whether pushes go to who stands there")
    active: bool = True


class MemberBody(BaseModel):
    """Somebody in a crew, from a day to another, both included."""

    model_config = ConfigDict(extra="forbid")

    person: UUID
    crew: UUID
    post: UUID
    valid_from: Day
    valid_to: Day | None = None


class MemberEnd(BaseModel):
    """The last day in a crew; before the first one, it never was."""

    model_config = ConfigDict(extra="forbid")

    valid_to: Day


class StaffShape(BaseModel):
    """Somebody as of a day. `account` and `contacts` are for who may manage the staff; null for others."""

    person: UUID
    number: str
    name: str
    category: str
    qualifications: list[str]
    active: bool
    valid_from: Day
    recorded: str
    account: str | None
    contacts: list[dict[str, str]] | None


def add_staff(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    zone, staff = services.folder.plant.timezone, services.desk.staff

    def shape(member: StaffMember, whole: bool) -> dict[str, Any]:
        contacts = [one.written() for one in member.contacts]
        return {
            "person": str(member.person),
            "number": member.number,
            "name": member.name,
            "category": member.category,
            "qualifications": list(member.qualifications),
            "active": member.active,
            "valid_from": member.valid_from.isoformat(),
            "recorded": local_time(member.recorded_us, zone),
            "account": member.account if whole else None,
            "contacts": contacts if whole else None,
        }

    @router.get("/api/v1/staff", tags=["staff"], **stated(Permission.VIEW, 503))
    async def list_staff(
        request: Request,
        day: Annotated[Day | None, Query(description="as of this day; today where it is absent")] = None,
        as_known_at: KnownAt = None,
    ) -> Response:
        """Everybody by number, those who left too."""
        whole = principal_of(request).may(Permission.MANAGE_STAFF)
        found = await staff.list(day, known_us=_known_us(as_known_at))
        return json_response({"items": [shape(member, whole) for member in found], "next": None})

    @router.get(
        "/api/v1/staff/{person}/versions", tags=["staff"], **stated(Permission.MANAGE_STAFF, 404, 503)
    )
    async def list_versions(person: Person) -> Response:
        """What held of somebody from when on, in that order."""
        found = await staff.history(person)
        if not found:
            raise NotFound("person_not_found", f"there is nobody of id {person} on the staff")
        return json_response({"items": [shape(member, True) for member in found], "next": None})

    @router.post(
        "/api/v1/staff",
        response_model=StaffShape,
        status_code=201,
        tags=["staff"],
        **stated(Permission.MANAGE_STAFF, 404, 409, 503),
    )
    async def add_person(request: Request, body: Annotated[StaffBody, Body()]) -> Response:
        """Add somebody: with number, name and category."""
        await _check_contacts(body, services.pushes)
        made = await staff.add(_new(body), actor_of(request), body.valid_from)
        return json_response(shape(made, True), 201)

    @router.post(
        "/api/v1/staff/{person}/versions",
        response_model=StaffShape,
        status_code=201,
        tags=["staff"],
        **stated(Permission.MANAGE_STAFF, 404, 409, 503),
    )
    async def change_person(request: Request, person: Person, body: Annotated[StaffBody, Body()]) -> Response:
        """Have something else hold of somebody from a day on; what held before stays on record."""
        await _check_contacts(body, services.pushes)
        made = await staff.change(person, _new(body), actor_of(request), body.valid_from)
        return json_response(shape(made, True), 201)

    @router.post(
        "/api/v1/staff/{person}/deactivate", tags=["staff"], **stated(Permission.MANAGE_STAFF, 404, 409, 503)
    )
    async def deactivate_person(
        request: Request, person: Person, body: Annotated[Leaving, Body()]
    ) -> Response:
        """Have somebody leave. Nothing is deleted; `freed` turns that lie ahead need somebody else."""
        made, freed = await staff.deactivate(person, actor_of(request), body.last_day)
        return json_response(shape(made, True) | {"freed": freed})

    @router.post(
        "/api/v1/staff/{person}/reactivate",
        response_model=StaffShape,
        tags=["staff"],
        **stated(Permission.MANAGE_STAFF, 404, 409, 503),
    )
    async def reactivate_person(
        request: Request, person: Person, body: Annotated[Returning, Body()]
    ) -> Response:
        """Have somebody who left be back, without an account."""
        return json_response(shape(await staff.reactivate(person, actor_of(request), body.valid_from), True))

    _add_places(router, services)


def _add_places(router: APIRouter, services: ApiServices) -> None:
    staff = services.desk.staff

    @router.get("/api/v1/crews", tags=["staff"], **stated(Permission.VIEW, 503))
    async def list_crews(as_known_at: KnownAt = None) -> Response:
        """The crews by code, each with its members, those that ended too."""
        places = await staff.places(known_us=_known_us(as_known_at))
        members = [_membership(one) for one in places.memberships]
        items = [
            _crew(crew) | {"members": [one for one in members if one["crew"] == str(crew.crew)]}
            for crew in places.crews.values()
        ]
        return json_response({"items": items, "next": None})

    @router.post(
        "/api/v1/crews", status_code=201, tags=["staff"], **stated(Permission.MANAGE_STAFF, 409, 503)
    )
    async def add_crew(request: Request, body: Annotated[CrewBody, Body()]) -> Response:
        """Add a crew."""
        made = await staff.set_crew(body.code, body.name.name, actor_of(request), active=body.active)
        return json_response({"crew": str(made)}, 201)

    @router.post(
        "/api/v1/crews/{crew}/versions",
        status_code=201,
        tags=["staff"],
        **stated(Permission.MANAGE_STAFF, 404, 409, 503),
    )
    async def change_crew(request: Request, crew: UUID, body: Annotated[CrewBody, Body()]) -> Response:
        """Say something else of a crew; one that is no longer `active` stays on record."""
        by = actor_of(request)
        await staff.set_crew(body.code, body.name.name, by, crew=crew, active=body.active)
        return json_response({"crew": str(crew)}, 201)

    @router.post(
        "/api/v1/crews/members",
        status_code=201,
        tags=["staff"],
        **stated(Permission.MANAGE_STAFF, 404, 409, 503),
    )
    async def add_member(request: Request, body: Annotated[MemberBody, Body()]) -> Response:
        """Put somebody into a crew at a post; the roster follows when it is published anew."""
        by = actor_of(request)
        made = await staff.join(body.person, body.crew, body.post, by, body.valid_from, body.valid_to)
        return json_response(_membership(made), 201)

    @router.post(
        "/api/v1/crews/members/{membership}/end",
        tags=["staff"],
        **stated(Permission.MANAGE_STAFF, 404, 409, 503),
    )
    async def end_member(request: Request, membership: UUID, body: Annotated[MemberEnd, Body()]) -> Response:
        """Have somebody leave a crew after a last day."""
        return json_response(_membership(await staff.end(membership, body.valid_to, actor_of(request))))

    @router.get("/api/v1/posts", tags=["staff"], **stated(Permission.VIEW, 503))
    async def list_posts(as_known_at: KnownAt = None) -> Response:
        """The posts by rank."""
        places = await staff.places(known_us=_known_us(as_known_at))
        return json_response({"items": [_post(post) for post in places.posts.values()], "next": None})

    @router.post(
        "/api/v1/posts", status_code=201, tags=["staff"], **stated(Permission.MANAGE_STAFF, 409, 503)
    )
    async def add_post(request: Request, body: Annotated[PostBody, Body()]) -> Response:
        """Add a post."""
        made = await staff.set_post(_new_post(body), actor_of(request))
        return json_response({"post": str(made)}, 201)

    @router.post(
        "/api/v1/posts/{post}/versions",
        status_code=201,
        tags=["staff"],
        **stated(Permission.MANAGE_STAFF, 404, 409, 503),
    )
    async def change_post(request: Request, post: UUID, body: Annotated[PostBody, Body()]) -> Response:
        """Say something else of a post."""
        await staff.set_post(_new_post(body), actor_of(request), post=post)
        return json_response({"post": str(post)}, 201)


def _known_us(moment: Time | None) -> int:
    return EVER if moment is None else to_us(moment)


async def _check_contacts(body: StaffBody, pushes: Pushes) -> None:
    """Raise InvalidRequest for an address that could never be pushed to; of it only the kind is told."""
    for place, contact in enumerate(body.contacts or ()):
        refused = await pushes.contact_refused(contact.url)
        if refused is not None:
            raise invalid(f"body.contacts.{place}.url", str(refused), refused.code)


def _new(body: StaffBody) -> NewStaff:
    contacts = (
        None if body.contacts is None else [Contact(one.kind, one.url, one.language) for one in body.contacts]
    )
    return NewStaff(body.number, body.name, body.category, body.qualifications, body.account, contacts)


def _new_post(body: PostBody) -> NewPost:
    return NewPost(
        body.code, body.name.name, body.minimum, body.qualification, body.rank, body.answers, body.active
    )


def _crew(crew: Crew) -> dict[str, Any]:
    return {
        "crew": str(crew.crew),
        "code": crew.code,
        "name": name_shape(crew.name),
        "active": crew.active,
    }


def _post(post: Post) -> dict[str, Any]:
    return {
        "post": str(post.post),
        "code": post.code,
        "name": name_shape(post.name),
        "minimum": post.minimum,
        "qualification": post.qualification,
        "rank": post.rank,
        "answers": post.answers,
        "active": post.active,
    }


def _membership(one: Membership) -> dict[str, Any]:
    return {
        "membership": str(one.membership),
        "person": str(one.person),
        "crew": str(one.crew),
        "post": str(one.post),
        "valid_from": one.valid_from.isoformat(),
        "valid_to": one.valid_to.isoformat() if one.valid_to else None,
    }
