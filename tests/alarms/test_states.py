"""The table of states is whole: every state with every event."""

import pytest

from alarms.states import AlarmEvent, AlarmState, next_state

N, U, A, R = AlarmState
TABLE = {
    N: {AlarmEvent.RAISE: U, AlarmEvent.CLEAR: None, AlarmEvent.ACKNOWLEDGE: None, AlarmEvent.WITHDRAW: None},
    U: {AlarmEvent.RAISE: None, AlarmEvent.CLEAR: R, AlarmEvent.ACKNOWLEDGE: A, AlarmEvent.WITHDRAW: N},
    A: {AlarmEvent.RAISE: None, AlarmEvent.CLEAR: N, AlarmEvent.ACKNOWLEDGE: None, AlarmEvent.WITHDRAW: N},
    R: {AlarmEvent.RAISE: U, AlarmEvent.CLEAR: None, AlarmEvent.ACKNOWLEDGE: N, AlarmEvent.WITHDRAW: N},
}


@pytest.mark.parametrize("event", AlarmEvent)
@pytest.mark.parametrize("state", AlarmState)
def test_every_state_answers_every_event(state: AlarmState, event: AlarmEvent) -> None:
    assert next_state(state, event) is TABLE[state][event]


def test_the_order_of_states_is_the_code_in_the_engine() -> None:
    assert [state.value for state in AlarmState] == ["normal", "unacknowledged", "acknowledged", "returned"]
