"""The report as one HTML file that prints: no script, no address outside of it, its style named by hash.

It says its own content policy, so that it is as harmless on a disk as behind the node's door.
"""

import base64
import hashlib
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from reports.document import Document, number, shown

TEMPLATES: Final = Path(__file__).parent / "templates"
_MARKS: Final = {
    "complies": "✓",
    "exceeds": "✗",
    "not_judged": "?",
    "not_entered": "○",
    "open": "…",
    "absent": "–",
}
_LOW: Final = {
    "NH3": "NH<sub>3</sub>",
    "NO3": "NO<sub>3</sub>",
    "H2S": "H<sub>2</sub>S",
    "BOD5": "BOD<sub>5</sub>",
}


def html_of(document: Document) -> bytes:
    """Return the page."""
    style = _style()
    text = (
        _environment()
        .get_template("monthly.html")
        .render(
            document=document, style=Markup(style), policy=policy(), marks=_MARKS, number=number, shown=shown
        )
    )
    return text.encode()


def policy() -> str:
    """Return the content policy that the page holds to: nothing but its own style and charts."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _style() -> str:
    return (TEMPLATES / "monthly.css").read_text(encoding="utf-8")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["chemical"] = _chemical
    environment.tests["kind"] = lambda block, kind: type(block).__name__ == kind
    return environment


def _chemical(text: str) -> Markup:
    marked = str(escape(text))
    for plain, low in _LOW.items():
        marked = marked.replace(plain, low)
    return Markup(marked)
