"""The words the console's JavaScript needs, handed to it as JSON with each page."""

from typing import Any, Final

from web import desk_words, present, words
from web.language import Language
from web.language import mark as N_  # noqa: N812  the name babel looks for

BAD_PERIOD: Final = N_("The period must end after it begins, within 400 days.")
_PLAIN: Final = {
    "day_hour": "%(d)d d %(h)d h",
    "hour_minute": "%(h)d h %(m)02d min",
    "minute_second": "%(m)d min %(s)02d s",
    "second": "%(s)d s",
    "days": "%(d)d d",
    "hours": "%(h)d h",
    "minutes": "%(m)d min",
    "yesterday": "yesterday %(clock)s",
    "stale": words.STALE,
    "lost_for": N_("Data connection lost for %(span)s"),
    "link_lost": N_("lost"),
    "expired": N_("The sign-in has expired"),
    "sign_in": N_("Sign in"),
    "links_up": N_("links %(up)d/%(all)d"),
    "queue": N_("queue %(num)d"),
    "lost_samples": N_("%(num)d samples lost"),
    "store_ok": N_("local store working"),
    "store_slow": N_("local store has not written for %(span)s"),
    "data_age": N_("data %(span)s old"),
    "sound_blocked": N_("Tap here for sound"),
    "sound_on": N_("Turn sound on"),
    "sound_off": N_("Sound is off"),
    "sound_mute": N_("Turn sound off"),
    "retry": N_("Try again"),
    "loading_failed": N_("This could not be loaded."),
    "no_samples": N_("No data in this period"),
    "done": N_("Done (%(num)d)"),
    "too_many": N_("Eight points at most: remove one first"),
    "remove": N_("Remove %(name)s"),
    "daily_limit": N_("daily mean limit"),
    "trend_failed": N_("The history could not be read."),
    "bad_period": BAD_PERIOD,
    "marks_left_out": N_("Alarm marks before %(at)s are left out: there are too many."),
    "simulated": N_("Simulated data, not measured: %(from)s – %(to)s"),
    "not_a_number": N_("This is no number: write it like 28.5."),
    "which_number": N_("Comma for thousands or for decimals? Write %(whole)s or %(part)s."),
    "range_is": N_("Range %(low)s to %(high)s %(measure)s"),
    "time_missing": N_("Say when it was read."),
    "span_missing": N_("Say when it began and when it ended."),
    "entered_as": N_("Entered: %(name)s %(value)s %(measure)s, %(at)s"),
    "none_counts": N_("none that counts"),
    "logged": N_("Written; it stands in the log."),
    "entry_written": N_("The entry is written, a photo is not."),
    "photo": N_("photo"),
    "kept": N_("Done; it stands in the list."),
    "mean_of": N_("mean of %(span)s"),
}


def for_scripts(language: Language) -> dict[str, Any]:
    """Return every word by its key; tables of words keep the API's keys."""
    said: dict[str, Any] = {key: language(message) for key, message in _PLAIN.items()}
    for name, table in (
        ("quality", words.QUALITY),
        ("short", present.SHORT),
        ("machine", words.MACHINE),
        ("analyser", words.ANALYSER),
        ("link", words.LINK),
        ("target", words.TARGET_SHORT),
        ("alarm", words.ALARM),
        ("mode", words.MODE),
        ("verdict", words.VERDICT),
        ("mark", words.MARK),
        ("refused", words.REFUSED | desk_words.REFUSED),
    ):
        said[name] = {key: words.spoken(table, key, language) for key in table}
    return said
