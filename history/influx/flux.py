"""Text in Flux."""


def quoted(text: str) -> str:
    """Return a text as a Flux string: nothing in it ends it, or is taken for an expression."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${") + '"'
