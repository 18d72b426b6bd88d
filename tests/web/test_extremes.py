"""What no store can be asked for is refused by every page."""

from uuid import uuid4

import pytest
from fastapi.routing import APIRoute

from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import signed_in
from tests.api.node import Node
from tests.web.console import browser, console_of, services_of
from web.build import web_router

WILD = ("9999-12-31", "0001-01-01", "9999-12", str(1 << 63), f"{1 << 62}-{1 << 62}")


@pytest.mark.timeout(120)
async def test_no_parameter_of_a_page_makes_it_fail(node: Node, accounts: Accounts) -> None:
    wrong: list[str] = []
    async with browser(console_of(node), await signed_in(accounts, Role.MANAGER)) as manager:
        for route in web_router(services_of(node)).routes:
            if not isinstance(route, APIRoute) or route.path in ("/sign-in", "/sign-out"):
                continue
            path = route.path
            for name in route.param_convertors:
                path = path.replace(f"{{{name}}}", str(uuid4()))
            for field in route.dependant.query_params:
                for value in (*WILD, "a\x00b"):
                    method = min(route.methods or ("GET",))
                    answer = await manager.request(method, path, params={field.alias: value})
                    if answer.status_code >= 500 or ("\x00" in value and answer.status_code != 422):
                        wrong.append(f"{answer.status_code} {path} {field.alias}={value!r}")

    assert wrong == []
