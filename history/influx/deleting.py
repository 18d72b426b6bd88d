"""What is deleted before lines are sent: InfluxDB keeps the fields that a line leaves out. Blocks."""

import logging
from collections.abc import Sequence
from typing import Final

from history.influx.answers import DeletesUnknown, LinesRefused, TargetMisconfigured
from history.influx.cursor import Letter
from history.influx.delivery import LONGEST_LINE, Rewriter
from history.influx.lines import Deletion

log = logging.getLogger(__name__)

AT_ONCE: Final = 50
"""Each takes InfluxDB some milliseconds."""
_NOTHING: Final = '_measurement="nothing of this name"'


class Deleting:
    """Deletes, as long as a target knows how; of one that does not, keeps from where on it was left out.

    `resumed` is to be called where something is `due`.
    """

    def __init__(self, name: str, writer: Rewriter) -> None:
        self._name = name
        self._writer = writer
        self._known = True
        self._left_out_behind = 0
        self.due = False

    def delete(self, points: Sequence[Deletion], behind: int) -> list[Letter]:
        """Delete what goes before lines of numbers behind one; return what was refused of it.

        Raises TargetAway, TargetMisconfigured.
        """
        letters = []
        for each in points if self._known else ():
            try:
                self._writer.delete(each.picks, each.first_us, each.last_us)
            except LinesRefused as refusal:
                line = f"delete {each.picks} to {each.last_us}"
                letters.append(Letter(each.tag, each.first_us, line[:LONGEST_LINE], str(refusal)))
            except DeletesUnknown as error:
                self._known, self._left_out_behind = False, behind
                log.warning(
                    "%s: what is no more stays there, it deletes none: %s; asked again whenever it was away,"
                    " and after a restart once somebody asks for it: outfall influx resend",
                    self._name,
                    error,
                )
                break
        if points and not self._known:
            self._left_out_behind = min(self._left_out_behind, behind)
        return letters

    def reconnected(self) -> None:
        """Take note that the target was away: it may be another one now."""
        self.due = not self._known

    def resumed(self) -> int | None:
        """Ask whether it deletes now; return behind which number all is to be sent again, if it does.

        Raises TargetAway.
        """
        try:
            self._writer.delete(_NOTHING, 0, 0)
        except (DeletesUnknown, TargetMisconfigured):
            self.due = False
            return None
        except LinesRefused:
            pass  # In words of InfluxDB's own, so it knows how.
        self.due, self._known = False, True
        log.info("%s: it deletes now: what came behind %d is sent again", self._name, self._left_out_behind)
        return self._left_out_behind
