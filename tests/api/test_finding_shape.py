"""How a finding's sums stand in JSON."""

from decimal import Decimal

import orjson
import pytest

from api.finding_shape import json_yuan


@pytest.mark.parametrize(
    ("yuan", "text"), [(Decimal("16.67"), b"16.67"), (Decimal("0.10"), b"0.1"), (None, b"null")]
)
def test_a_sum_to_the_cent_is_read_as_it_was_reckoned(yuan: Decimal | None, text: bytes) -> None:
    assert orjson.dumps(json_yuan(yuan)) == text
