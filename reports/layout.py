"""A report laid out in one language: its cover, then its sections in the order they are read."""

from collections.abc import Callable, Iterator
from typing import Final
from zoneinfo import ZoneInfo

from reports.document import Block, Cover, Document, Heading, Notes, Signatures, number
from reports.inputs import Head, Missing
from reports.monthly import MonthReport
from reports.sections import (
    alarms,
    analysers,
    completeness,
    compliance,
    people,
    quality,
    summary,
    water,
    works,
)
from reports.speech import Speech
from reports.words import Words

Section = Callable[[MonthReport, Speech], Iterator[Block]]
_SECTIONS: Final[tuple[Section, ...]] = (
    summary.blocks,
    compliance.blocks,
    water.blocks,
    quality.blocks,
    works.energy,
    works.sludge,
    works.chemicals,
    analysers.blocks,
    works.machines,
    alarms.blocks,
    people.blocks,
    completeness.blocks,
    completeness.amendments,
)
_HASH_DIGITS: Final = 16


def laid_out(report: MonthReport, language: str) -> Document:
    """Return a report as a document of a language, `zh` or `en`."""
    words = Words(language)
    speech = Speech(words, ZoneInfo(report.plant.timezone))
    blocks: list[Block] = []
    for section in _SECTIONS:
        blocks += section(report, speech)
    blocks.append(Heading(words("Notes on method")))
    blocks.append(Notes(tuple(words.name(note) for note in report.notes)))
    blocks.append(Heading(words("Signatures")))
    signing = (words("Prepared"), words("Checked"), words("Approved"))
    blocks.append(Signatures(signing, words("Date")))
    foot = " · ".join(
        (
            words.name(report.plant.name),
            f"{words('Monthly operations report')} {report.month}",
            words("inputs {hash}", hash=report.made.inputs_sha256[:_HASH_DIGITS]),
            *((words("provisional"),) if report.provisional else ()),
        )
    )
    return Document(
        language,
        _cover(report, speech),
        tuple(blocks),
        foot,
        words("Page {page} of {pages}", page="§", pages="¶"),
    )


def _cover(report: MonthReport, speech: Speech) -> Cover:
    words = speech.words
    facts = [
        (words("Outlet"), words.name(report.plant.outlet)),
        (
            words("Period"),
            f"{speech.long_moment(report.from_us)} – {speech.long_moment(report.to_us)}"
            f" ({report.plant.timezone})",
        ),
        (words("Design flow"), f"{number(report.plant.design_flow_m3_d, 0)} m³/d"),
        (words("Made"), f"{speech.long_moment(report.made.at_us)} · Outfall {report.made.version}"),
        (words("Inputs, SHA-256"), report.made.inputs_sha256),
        (words("Alarm journal"), _head(report.journal, words)),
        (words("Ledger of records"), _head(report.ledger, words)),
    ]
    banner = ""
    if report.provisional:
        banner = words(
            "Provisional: the month is in course; figures go up to {through}.",
            through=speech.long_moment(report.through_us),
        )
    warning = " ".join(
        words(
            "From {begin} to {end} readings were not measured but {origin}: not for reporting to anybody.",
            begin=speech.long_moment(its.from_us),
            end=speech.long_moment(its.to_us),
            origin=words.spoken(its.origin),
        )
        for its in report.origins
    )
    return Cover(
        plant=words.name(report.plant.name),
        title=words("Monthly operations report"),
        period=speech.month(report.month),
        facts=tuple(facts),
        banner=banner,
        warning=warning,
    )


def _head(head: Head | Missing, words: Words) -> str:
    if isinstance(head, Missing):
        return words.name(head.missing)
    return words(
        "{records} records, head {head}", records=number(head.records, 0), head=head.hash[:_HASH_DIGITS]
    )
