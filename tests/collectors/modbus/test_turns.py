import asyncio

from collectors.modbus.turns import Turns


async def test_the_earliest_deadline_goes_first_and_of_equal_ones_who_came_first() -> None:
    turns, order = Turns(), list[str]()

    async def use(name: str, deadline_us: int) -> None:
        await turns.take(deadline_us)
        order.append(name)
        await asyncio.sleep(0)
        turns.give_back()

    await turns.take(0)
    users = [
        asyncio.create_task(use(name, deadline_us))
        for name, deadline_us in (("late", 90), ("first", 10), ("second", 10), ("early", 5))
    ]
    await asyncio.sleep(0)
    turns.give_back()
    await asyncio.gather(*users)

    assert order == ["early", "first", "second", "late"]


async def test_a_turn_of_one_who_was_cancelled_goes_to_the_next() -> None:
    turns = Turns()
    await turns.take(0)
    gone, cancelled_late, last = (asyncio.create_task(turns.take(at)) for at in (1, 2, 3))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    turns.give_back()
    # It has the turn, and does not run any more to use it.
    cancelled_late.cancel()
    await asyncio.wait([gone, cancelled_late, last])

    assert gone.cancelled()
    assert cancelled_late.cancelled()
    assert not last.cancelled()
    turns.give_back()
    await turns.take(0)
