"""How fast missed readings are sent: in requests short enough for live ones to wait for, with rests."""

from typing import Final

SHORT_S: Final = 0.15
LONG_S: Final = 0.35
FEWEST_ROWS: Final = 100
_LONGEST_REST_S: Final = 5.0


class Pace:
    """`rows` a request at most, the next one not before `next_at`, in the loop's time."""

    def __init__(self, most_rows: int, rows_per_s: float, share: float) -> None:
        self._most_rows = most_rows
        self._rows_per_s = rows_per_s
        self._share = share
        self.rows = min(most_rows, max(most_rows // 4, FEWEST_ROWS))
        self.next_at = 0.0

    @property
    def smallest(self) -> bool:
        """Whether requests cannot be made any smaller."""
        return self.rows <= FEWEST_ROWS

    def due(self, now: float) -> bool:
        """Whether the next request may go."""
        return now >= self.next_at

    def took(self, rows: int, began: float, ended: float, part: float = 1.0) -> None:
        """Take into account how long a request of so many rows took; `part` of the share is for these."""
        took_s, share = ended - began, self._share * part
        rest_s = max(took_s * (1 - share) / share, rows / self._rows_per_s - took_s)
        self.next_at = ended + min(rest_s, _LONGEST_REST_S)
        if took_s > LONG_S:
            self.rows = max(self.rows // 2, FEWEST_ROWS)
        elif took_s < SHORT_S:
            self.rows = min(self.rows * 2, self._most_rows)

    def too_slow(self, now: float) -> None:
        """Send much less the next time."""
        self.rows = max(self.rows // 8, FEWEST_ROWS)
        self.next_at = now
