"""What Knock tells of its appointments, and the switches for what can happen to a notice on its way."""

import random
from collections.abc import Sequence

from sandbox.deliveries.notice_sender import NoticeSender
from sandbox.knock.model import Appointment, Status
from sandbox.knock.notices import node


class Announcements:
    """Mixed into Knock. `loses_notices`: thrown away for good, as after more than three days of silence."""

    duplicate_notices = False
    loses_notices = False

    def __init__(self, notices: NoticeSender) -> None:
        self._notices = notices

    @property
    def notices_paused(self) -> bool:
        """While True, webhook notices are queued and not sent."""
        return self._notices.paused

    @notices_paused.setter
    def notices_paused(self, value: bool) -> None:
        """Pause, or go on."""
        self._notices.paused = value

    def shuffle_notices(self, dice: random.Random) -> None:
        """What waits goes out in another order, each appointment's notices in their own."""
        self._notices.shuffle(dice)

    def _tell(self, appointment: Appointment, status: Status | None = None) -> None:
        for _ in range(self._copies()):
            self._notices.put(appointment.appointment_id, node(appointment, status or appointment.status))

    def _tell_together(self, appointments: Sequence[Appointment]) -> None:
        lane, *also = [one.appointment_id for one in appointments]
        for _ in range(self._copies()):
            self._notices.put(lane, {"nodes": [node(one, one.status) for one in appointments]}, also)

    def _copies(self) -> int:
        if self.loses_notices:
            return 0
        return 2 if self.duplicate_notices else 1
