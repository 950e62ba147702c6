"""A long night of commands drawn from one seed: whatever people might say next, sensible or not."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.details import PLACE
from app.dispatch import commands as c
from app.dispatch.model import Assignment, Board, Institution, KeepOut, Level
from app.dispatch.screens import LAP
from app.geo.point import Point

from .desks import HOME

HOUSEHOLDS = [str(UUID(int=number)) for number in range(6)]
"""Names of households that call again and again."""


@dataclass(frozen=True, slots=True)
class Said:
    """A command with the personal data told beside it."""

    command: c.Command
    values: Mapping[str, Any]

    @property
    def place(self) -> tuple[str, Point] | None:
        """The alert it says the place of, with the place."""
        where = self.values.get(PLACE)
        if where is None:
            return None
        raises = isinstance(self.command, c.RaiseAlert | c.SplitCall)
        alert = self.command.id if raises or not isinstance(self.command, c.AlertCommand) else self.command.alert
        return alert, Point(where["lat"], where["lon"])


class Script:
    """Draws the next command from what stands on the board."""

    def __init__(self, seed: int, *, places_move: bool = True) -> None:
        self._random = random.Random(f"script:{seed}")
        self._places_move = places_move

    def pause_s(self) -> float:
        """Seconds until the next command."""
        return self._random.choice((0.0, 0.0, 0.5, 3.0, 9.0, 25.0))

    def chance(self, share: float) -> bool:
        """Whether something that happens so often happens now."""
        return self._random.random() < share

    def somewhere(self) -> dict[str, float]:
        """A place in town."""
        return {
            "lat": round(HOME["lat"] + self._random.uniform(-0.03, 0.03), 5),
            "lon": round(HOME["lon"] + self._random.uniform(-0.03, 0.03), 5),
        }

    def a_unit(self, board: Board) -> str:
        """Any unit."""
        return self._random.choice(sorted(board.units))

    def next(self, board: Board) -> Said:
        """What is said next."""
        kinds = ["raise", "unit"]
        kinds += ["assignment"] * 8 if board.assignments else []
        kinds += ["alert"] * 3 if board.alerts else []
        match self._random.choice(kinds):
            case "raise":
                return self._raise()
            case "unit":
                return self._unit(board)
            case "alert":
                return self._alert(board)
            case _:
                assignment = board.assignments[self._random.choice(sorted(board.assignments))]
                return Said(self._assignment(assignment), {})

    def _who(self) -> dict[str, Any]:
        return {"id": str(UUID(int=self._random.getrandbits(128), version=4)), "by": "somebody"}

    def _institution(self) -> Institution:
        return self._random.choice(list(Institution))

    def _raise(self) -> Said:
        needs = tuple(c.NeedWanted(institution=self._institution()) for _ in range(self._random.randint(0, 3)))
        keep_out = KeepOut(agencies=frozenset({"estatal"})) if self.chance(0.2) else KeepOut()
        threat = {"weapon_used": "yes", "aggressor_present": "yes"} if self.chance(0.3) else {}
        known = self._random.sample(HOUSEHOLDS, 2) if self.chance(0.4) else []
        command = c.RaiseAlert(
            **self._who(),
            zone="centro",
            needs=needs,
            keep_out=keep_out,
            threat=threat,
            household=frozenset(known),
            history=self._random.choice((0, 0, 2)) if known else 0,
        )
        return Said(command, {PLACE: self.somewhere(), "note": "somebody cries"})

    def _assignment(self, held: Assignment) -> c.Command:
        kind = self._random.choice(
            [
                c.ConfirmDelivery,
                c.SeeOffer,
                c.Accept,
                c.Accept,
                c.Decline,
                c.GoEnRoute,
                c.ArriveOnScene,
                c.MakeContact,
                c.Depart,
                c.ReachSafety,
                c.Finish,
                c.Withdraw,
                c.ConfirmWell,
                c.ExtendHold,
                c.AnswerScreen,
                c.SayOrder,
                c.CallForHelp,
                c.TellNote,
            ]
        )
        more: dict[str, Any] = {"reason": "because"} if kind in {c.Decline, c.Withdraw} else {}
        if kind is c.AnswerScreen:
            more = {"profile": LAP.code, "answers": {question.code: "yes" for question in LAP.questions[:3]}}
        elif kind is c.SayOrder:
            more = {"outcome": "issued"}
        command: c.Command = kind(**self._who(), assignment=held.id, unit=held.unit, **more)
        return command

    def _alert(self, board: Board) -> Said:
        alert = board.alerts[self._random.choice(sorted(board.alerts))]
        need = self._random.choice([need.key for need in alert.needs])
        about = {**self._who(), "alert": alert.id}
        values: dict[str, Any] = {}
        command: c.Command
        match self._random.randrange(14):
            case 0:
                moves = self._places_move and self.chance(0.5)
                values = {PLACE: self.somewhere()} if moves else {}
                command = c.TellMore(**about, threat={"strangled": "yes"}, zone="centro" if moves else None)
            case 1:
                command = c.TellMore(**about, keep_out=KeepOut(units=frozenset({self.a_unit(board)})))
            case 2:
                command = c.RaiseLevel(**about, level=self._random.choice(list(Level)), reason="worse")
            case 3:
                command = c.AddNeed(**about, wanted=c.NeedWanted(institution=self._institution()))
            case 4:
                command, values = c.AddNote(**about), {"note": "the neighbour called again"}
            case 5:
                command = c.CancelAlert(**about, reason="mistake")
            case 6:
                order = self._random.choice((None, "issued"))
                command = c.CloseAlert(
                    **about, disposition="attended", safe="yes", whereabouts="relatives", order=order
                )
            case 7:
                command = c.AcknowledgeAlarm(**about, need=need)
            case 8:
                command = c.Recall(**about, need=need, reason="other")
            case 9:
                command = c.MergeAlerts(**about, into=self._random.choice(sorted(board.alerts)))
            case 10:
                call = self._random.choice(sorted(alert.calls))
                command = c.SplitCall(**about, call=call, zone="centro")
                values = {PLACE: self.somewhere()}
            case 11:
                command = c.LowerLevel(**about, level=self._random.choice(list(Level)), reason="calm")
            case 12:
                command = c.CallOffNeed(**about, need=need, reason="other")
            case _:
                command = c.AssignByHand(**about, need=need, unit=self.a_unit(board))
        return Said(command, values)

    def _unit(self, board: Board) -> Said:
        kind = self._random.choice(
            [c.StartDuty, c.StartDuty, c.StartDuty, c.EndDuty, c.LoseUnit, c.HearUnit, c.JoinCrew, c.SetPlaces]
        )
        more: dict[str, Any] = {"member": "somebody else"} if kind is c.JoinCrew else {}
        more |= {"free": self._random.randrange(4)} if kind is c.SetPlaces else {}
        return Said(kind(**self._who(), unit=self.a_unit(board), **more), {})
