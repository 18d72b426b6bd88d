"""The chain's hashes, computed by hand."""

import hashlib
from uuid import UUID

from alarms.chain import record_hash, text_hash


def test_a_record_is_hashed_over_its_columns_in_the_order_of_the_table() -> None:
    made = UUID("0199c000-0000-7000-8000-000000000001")
    row = {
        "text_hash": b"\x01\x02",
        "actor_id": None,
        "occurrence": made,
        "threshold": None,
        "value": 4.5,
        "batch": 7,
        "recorded_us": 2,
        "at_us": 1,
        "to_state": "unacknowledged",
        "from_state": "normal",
        "event": "raise",
        "priority": 2,
        "kind": "H",
        "tag": "AE_DO1",
        "rule": "AE_DO1.H",
        "node": "node-1",
        "plant": "fangcheng1",
        "id": made,
        "seq": 1,
        "prev_hash": b"not part of what is told",
        "hash": b"nor this",
    }

    told = (
        '[1,"0199c000000070008000000000000001","fangcheng1","node-1","AE_DO1.H","AE_DO1","H",2,"raise",'
        '"normal","unacknowledged",1,2,7,4.5,null,"0199c000000070008000000000000001",null,"0102"]'
    )
    assert record_hash(bytes(32), row) == hashlib.sha256(bytes(32) + told.encode()).digest()


def test_words_are_hashed_with_their_salt() -> None:
    expected = hashlib.sha256(b"salt" + '["王磊","已知"]'.encode()).digest()

    assert text_hash(b"salt", "王磊", "已知") == expected
