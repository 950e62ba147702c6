"""Who may do what stands in one table, and a unit may only for itself."""

import pytest

from app.security.permissions import TABLE, Action, Forbidden, may, require
from app.security.sessions import OF_UNITS, Role, Viewer

_DESK = (
    "raise_alert tell_more add_need read_alert read_timeline assign_by_hand recall call_off cancel close"
    " acknowledge raise_level merge split settle_order ask_neighbour add_note read_screens read_units"
    " set_any_duty set_any_places see_positions open_socket own_account break_glass"
)
_OF_UNITS = "answer_assignment read_own_assignments set_duty open_socket own_account subscribe_push break_glass"
EXPECTED = {
    Role.OPERATOR: _DESK,
    Role.SUPERVISOR: f"{_DESK} lower_level review_glass",
    Role.COORDINATOR: f"{_DESK} read_reports read_metrics erase_alert hold_alert export_person",
    Role.UNIT: f"{_OF_UNITS} read_destination read_screens report_position",
    Role.SHELTER: f"{_OF_UNITS} set_places",
    Role.AUDITOR: "own_account read_timeline read_audit read_evidence review_flags review_glass",
    Role.ADMIN: "own_account read_units import_region manage_people read_metrics",
    Role.CENTER: "speak_for_center",
}


def a_viewer(role: Role) -> Viewer:
    unit = "P-1" if role in OF_UNITS else None
    return Viewer(person="p1", login="1", role=role, unit=unit, center="main", session="s1", proved_at=0.0)


def test_the_table_speaks_of_every_action() -> None:
    assert set(TABLE) == set(Action)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_each_role_may_exactly_what_is_written_here(role: Role, action: Action) -> None:
    allowed = action.value in EXPECTED[role].split()
    assert may(role, action) is allowed
    if allowed:
        require(a_viewer(role), action)
    else:
        with pytest.raises(Forbidden) as refused:
            require(a_viewer(role), action)
        assert refused.value.code == "forbidden"


def test_a_unit_may_only_for_itself() -> None:
    require(a_viewer(Role.UNIT), Action.SET_DUTY, of_unit="P-1")
    with pytest.raises(Forbidden, match="only for itself"):
        require(a_viewer(Role.UNIT), Action.SET_DUTY, of_unit="P-2")
    require(a_viewer(Role.OPERATOR), Action.SET_ANY_DUTY, of_unit="P-2")


def test_only_a_supervisor_lowers_a_level() -> None:
    assert TABLE[Action.LOWER_LEVEL] == {Role.SUPERVISOR}
