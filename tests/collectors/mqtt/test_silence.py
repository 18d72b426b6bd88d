from collectors.mqtt.silence import Silence


def test_a_topic_is_silent_after_its_limit_and_said_so_once() -> None:
    silence = Silence({"a": 10, "b": 100}, now_us=0)

    told = [silence.fallen(at) for at in (10, 11, 12, 50)]

    assert told == [{}, {"a": 11}, {}, {}]
    assert silence.silent == {"a"}


def test_a_topic_that_speaks_again_says_for_how_long_it_had_not() -> None:
    silence = Silence({"a": 10}, now_us=0)
    silence.fallen(20)

    assert (silence.heard("a", 75), silence.heard("a", 80)) == (75, 0)
    assert silence.fallen(90) == {}
    assert silence.fallen(91) == {"a": 11}


def test_an_excused_topic_begins_anew_and_a_silent_one_stays_silent() -> None:
    silence = Silence({"a": 10, "b": 30}, now_us=0)
    silence.fallen(20)

    silence.excuse(25)

    assert silence.silent == {"a"}
    assert silence.fallen(54) == {}
    assert silence.fallen(56) == {"b": 31}
    assert silence.heard("a", 60) == 60
