"""Who may do what stands in one table, and a unit may only for itself."""

import pytest

from app.security.permissions import TABLE, Action, Forbidden, may, require
from app.security.sessions import Role, Viewer

_DESK = (
    "raise_alert tell_more add_need read_alert read_timeline assign_by_hand recall call_off cancel close"
    " acknowledge raise_level merge split settle_order ask_neighbour add_note read_screens read_units"
    " set_any_duty set_any_places see_positions open_socket"
)
EXPECTED = {
    Role.OPERATOR: _DESK,
    Role.SUPERVISOR: f"{_DESK} lower_level",
    Role.COORDINATOR: f"{_DESK} read_reports read_metrics",
    Role.UNIT: (
        "answer_assignment read_own_assignments read_destination read_screens set_duty set_places"
        " report_position open_socket"
    ),
    Role.ADMIN: "read_units import_region manage_people read_metrics",
    Role.CENTER: "speak_for_center",
}


def a_viewer(role: Role) -> Viewer:
    return Viewer(person="p1", login="1", role=role, unit="P-1" if role is Role.UNIT else None, center="main")


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
