"""Two centers in one database, each with two units of every institution and everybody who can ask."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from app.security.sessions import Role
from app.store import flags, people, second_ways
from app.store.flags import Flag
from app.store.second_ways import Passkey
from tests.service_fixture import UNITS, House, a_house

PEOPLE = {
    "operator": (Role.OPERATOR, None),
    "supervisor": (Role.SUPERVISOR, None),
    "coordinator": (Role.COORDINATOR, None),
    "auditor": (Role.AUDITOR, None),
    "admin": (Role.ADMIN, None),
    "center": (Role.CENTER, None),
    "patrol": (Role.UNIT, "P-1"),
    "patrol of another unit": (Role.UNIT, "P-2"),
    "patrol kept out": (Role.UNIT, "P-3"),
    "crew member kept out": (Role.UNIT, "P-2"),
    "prosecutor": (Role.UNIT, "F-1"),
    "prosecutor of another unit": (Role.UNIT, "F-2"),
    "shelter": (Role.SHELTER, "S-1"),
    "shelter of another unit": (Role.SHELTER, "S-2"),
    "operator kept out": (Role.OPERATOR, None),
}
"""Who there is, in the order of the columns of every expected row."""
STRANGERS = ("admin", "center", *(who for who in PEOPLE if "kept out" in who or "another" in who))
"""To whom no answer and no frame may ever name one of the alerts."""

TOWN = f"{UNITS}F-2,prosecutor,FGJ,25.75,-100.30,1,,\nS-2,shelter,Refugio,25.7543,-100.3321,3,,\n"
LAT, SHELTER_LAT = 25.671234, "25.6543"
NAME, ADDRESS, NOTE, WORD = "Matriz Oropéndola", "Privada Matriz 404", "matrix note", "matrix remark on glass"
SECRETS = (NAME, ADDRESS, NOTE, str(LAT), SHELTER_LAT, WORD)
KEPT_OUT = "B-404"
"""A staff number that is kept out, and stands nowhere else."""
NEVER = {"institution": "shelter", "requires": ["nothing_has_this"]}
"""A need nobody can be asked for: whoever raises it for real takes no unit away from the others."""
CLOSING = {"disposition": "attended", "safe": "yes", "whereabouts": "relatives", "order": "issued"}


@dataclass(slots=True, kw_only=True)
class Town:
    """One of the two centers. `objects`: kind of thing in an address -> which -> its id."""

    house: House
    tokens: dict[str, str] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    persons: dict[str, people.Person] = field(default_factory=dict)
    objects: dict[str, dict[str, str]] = field(default_factory=dict)
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    """Login of an object -> a session of theirs."""

    async def settle(self) -> None:
        """Everybody has a session in which they have proved who they are; three alerts went different ways."""
        for who, (role, unit) in PEOPLE.items():
            self.logins[who] = f"{self.house.service.settings.center}-{who.replace(' ', '-')}"
            self.persons[who] = await self.house.person(role, self.logins[who], unit)
            self.tokens[who] = await self.house.proves(self.persons[who])
            self.clients[who] = await self.house.client(self.tokens[who])
        await self.house.on_duty("P-1", "P-2", "P-3", "F-1", "F-2", "S-1", "S-2")
        over, _ = await self._alert("over")
        glassed, _ = await self._alert("glassed")
        handed = await self._handed_over()
        opened, held = await self._alert("open")
        self.objects = {
            "alert": {"open": opened, "over": over, "glassed": glassed, "handed": handed},
            "assignment": {f"of {unit}": assignment for unit, assignment in held.items()},
            "unit": {code: code for code in ("P-1", "P-2", "S-1")},
            "glass": {},
        }
        for who in ("operator", "supervisor", "coordinator", "patrol", "prosecutor", "shelter"):
            said = {"id": str(uuid4()), "reason": "court", "note": WORD}
            answer = await self.clients[who].post(f"/api/alerts/{glassed}/glass", json=said)
            assert answer.status_code == 201, (who, answer.text)
            self.objects["glass"][f"of {who}"] = said["id"]
        await self._accounts()

    async def _accounts(self) -> None:
        """Somebody who asks nothing, for the admin to work on; more of who asks last; a flag."""
        center = self.house.service.settings.center
        nobody = await self.house.person(Role.OPERATOR, f"{center}-asks-nothing")
        last = list(PEOPLE)[-1]
        owner = f"of {last}"
        found = self.persons[last]
        passkey = Passkey(
            id=str(uuid4()),
            person=found.id,
            credential=uuid4().bytes,
            public_key=b"of a device",
            sign_count=0,
            made_at=1.0,
            used_at=None,
        )
        flag = Flag(
            id=str(uuid4()), at=1.0, rule="bulk", person=nobody.id, alert=None, row=1, looked_at=1.0, said={}
        )
        async with self.house.service.database.transaction() as connection:
            await second_ways.add_passkey(connection, passkey)
            await flags.add(connection, center, [flag])
        self.sessions[nobody.login] = await self._session(nobody)
        self.objects |= {
            "login": {"asks nothing": nobody.login},
            "session": {owner: await self._session(found)},
            "passkey": {owner: passkey.id},
            "flag": {"of somebody": flag.id},
        }

    async def _session(self, person: people.Person) -> str:
        """The id of one more session."""
        viewer = await self.house.service.gate.who(await self.house.proves(person))
        assert viewer is not None
        return viewer.session

    async def _alert(self, which: str) -> tuple[str, dict[str, str]]:
        """An alert that P-1, F-1 and S-1 have accepted: open, or gone its whole way."""
        needs: list[Any] = ["police", "prosecutor", "shelter"]
        told = {
            "where": {"lat": LAT, "lon": -100.311, "address": f"{ADDRESS} {which}"},
            "people": [{"role": "victim", "name": NAME}],
            "note": NOTE,
            "keep_out": {
                "units": ["P-3"],
                "crew": [KEPT_OUT, self.logins["crew member kept out"], self.logins["operator kept out"]],
            },
        }
        if which == "open":
            # Words without which nobody cancels, and a need without which nobody closes: it stays as it is.
            needs.append(NEVER)
            told["code_words"] = {"cancel": "mandarina", "duress": "limon"}
        receipt = await self.house.raised(*needs, **told)
        alert = receipt["alert"]
        held = {
            unit: await self.house.offered(receipt, need)
            for unit, need in (("P-1", "police"), ("F-1", "prosecutor"), ("S-1", "shelter"))
        }
        board = await self.house.service.desk.board()
        assert {unit: board.assignments[one].unit for unit, one in held.items()} == {unit: unit for unit in held}
        for unit in ("S-1", "F-1", "P-1"):
            await self._goes(unit, held[unit], "accept")
        await self._goes("P-1", held["P-1"], "en-route", "on-scene")
        if which != "open":
            await self._goes("P-1", held["P-1"], "depart", "safe", "done")
            await self._goes("S-1", held["S-1"], "safe", "done")
            await self._goes("F-1", held["F-1"], "en-route", "on-scene", "done")
            said = {"id": str(uuid4()), **CLOSING}
            answer = await self.clients["operator"].post(f"/api/alerts/{alert}/close", json=said)
            assert answer.status_code == 200, answer.text
        return alert, held

    async def _goes(self, unit: str, assignment: str, *steps: str) -> None:
        for step in steps:
            answer = await self.house.step(unit, assignment, step)
            assert answer.status_code == 200, (unit, step, answer.text)

    async def _handed_over(self) -> str:
        said = {
            "id": str(uuid4()),
            "alert": str(uuid4()),
            "need": "shelter",
            "folio": "S-7",
            **NEVER,
            "level": "standard",
            "received_at": "2026-05-31T22:15:00Z",
            "where": {"lat": LAT, "lon": -100.311},
        }
        answer = await self.clients["center"].post("/api/neighbours/alerts", json=said)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["alert"])


@asynccontextmanager
async def two_towns(database_url: str, folder: Path) -> AsyncIterator[tuple[Town, Town]]:
    """Both centers before one database, with one master key; the second's things are `elsewhere` for the first."""
    async with (
        a_house(database_url, folder, units=TOWN) as here,
        a_house(database_url, folder, units=TOWN, center="south", folio_prefix="S") as there,
    ):
        towns = Town(house=here), Town(house=there)
        for town in towns:
            await town.settle()
        first, second = (town.objects for town in towns)
        first["alert"]["elsewhere"] = second["alert"]["open"]
        first["assignment"]["elsewhere"] = second["assignment"]["of P-1"]
        first["glass"]["elsewhere"] = second["glass"]["of operator"]
        for kind in ("login", "session", "passkey", "flag"):
            first[kind]["elsewhere"] = next(iter(second[kind].values()))
        towns[0].sessions |= towns[1].sessions
        yield towns
