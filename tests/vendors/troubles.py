"""What goes wrong next, by dice: the faults of HTTP and of streams, each vendor's own among them."""

from __future__ import annotations

import random
from typing import Any

from vendors import server as faults
from vendors.disturbances import Disturbance, doubled, halved, page, rewritten, silent, swapped, undisturbed
from vendors.places import PLACES
from vendors.refusals import SAID, THROTTLES
from vendors.server import ANY, Fault, VendorServer
from vendors.tapes import TAPES
from vendors.town import SECRETS, STREAMING

LONGEST = 200.0
"""Seconds a vendor shuts us out at the most: after a refusal for the day there would be nothing more to see of it."""

OFTEN_SLOW = 0.03
"""How often a call is kept waiting until its client gives up: it costs the machine's time."""


class Troubles:
    """The faults of one vendor. The same seed gives the same ones in the same order."""

    def __init__(self, name: str, server: VendorServer, seed: int) -> None:
        self.name = name
        self.server = server
        self.dice = random.Random(f"{seed} {name}")

    def stir(self, now: int) -> None:
        """What is wrong from now on."""
        dice = self.dice
        for _ in range(dice.choice((0, 0, 1, 2))):
            self.server.misbehave(ANY, dice.choice(self._http(now)), times=dice.choice((1, 1, 2, 4)))
        if dice.random() < OFTEN_SLOW:
            self.server.misbehave(ANY, dice.choice((faults.stalled(3.0), faults.slow_first_byte(3.0))))
        if self.name in STREAMING:
            self.server.disturbance = dice.choice(self._streams())
            if dice.random() < 0.15:
                for socket in self.server.open_sockets():
                    socket.abort()
                self.server.hang_ups = dice.randrange(4)
                self.server.refuse_sockets = dice.randrange(3)

    def _http(self, now: int) -> list[Fault]:
        dice, place = self.dice, PLACES[self.name]
        said = f"We have detected your API key as {dice.choice(SECRETS)}"
        return [
            faults.status(429, retry_after=dice.randrange(1, 30)),
            faults.status(429),
            faults.status(500, {"error": said}),
            faults.status(400, {"error": said, "message": said, "msg": said, "code": -1}),
            faults.status(503, b"<html>down</html>"),
            faults.html(),
            faults.cut_json(),
            faults.truncated(),
            faults.reset(),
            faults.slow_first_byte(0.01),
            faults.mistyped(),
            faults.not_compressed(),
            faults.without_network(),
            faults.without_tls(self.server),
            faults.redirect("/nowhere"),
            faults.body(b""),
            faults.body(dice.choice(({}, [], None, 7, "text"))),
            faults.body(SAID[self.name][0]),
            faults.replaced(*place.renamed[:2]),
            faults.replaced(*place.nulled[:2]),
            faults.replaced(*place.dear[1][:2]),
            *(one.fault for one in THROTTLES[self.name](now) if one.least <= LONGEST),
        ]

    def _streams(self) -> list[Disturbance]:
        tape: Any = TAPES[self.name]
        wrong = [doubled, silent, halved, page, swapped()]
        wrong += [rewritten(*tape.renamed[:2]), rewritten(*tape.nulled[:2])]
        return [undisturbed] * 4 + wrong
