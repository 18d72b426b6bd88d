"""Shares as they are shown: in per cent, cut to a tenth. 677 of 713 is 94.9 %, and never reads as 95 %."""

_NOISE = 1e-9
"""Of a share that is binary: 0.57 × 1000 is a little less than 570."""


def cut_pct(share: float) -> float:
    """Return a share from 0 on in per cent, cut to one decimal."""
    return int(share * 1000 + _NOISE) / 10


def target_text(share: float) -> str:
    """Return a target as it was written: 95 %, 97.5 %."""
    return f"{share * 100:.4g} %"


def share_text(share: float) -> str:
    """Return the same as it is written: 94.9 %."""
    return f"{cut_pct(share):.1f} %"
