"""Who may do what stands in one table, and a unit may only for itself."""

import pytest

from app.security.permissions import TABLE, Action, Forbidden, may, require
from app.security.sessions import OF_UNITS, Role, Viewer

_DESK = (
    "raise_alert:center tell_more:board_alert add_need:board_alert read_alert:any_alert read_timeline:any_alert"
    " read_details:board_alert assign_by_hand:board_alert recall:board_alert call_off:board_alert"
    " cancel:board_alert close:board_alert acknowledge:board_alert raise_level:board_alert merge:board_alert"
    " split:board_alert settle_order:board_alert ask_neighbour:board_alert add_note:board_alert"
    " read_screens:center read_units:any_unit set_any_duty:any_unit set_any_places:any_unit"
    " see_positions:any_unit open_socket:self own_account:self break_glass:any_alert read_under_glass:own_glass"
)
_OF_UNITS = (
    "answer_assignment:own_live read_own_assignments:own_live set_duty:own_unit open_socket:self own_account:self"
    " subscribe_push:self break_glass:own_past read_under_glass:own_glass"
)
EXPECTED = {
    Role.OPERATOR: _DESK,
    Role.SUPERVISOR: f"{_DESK} lower_level:board_alert review_glass:glass_of_others"
    " acknowledge_glass:glass_of_others",
    Role.COORDINATOR: "own_account:self open_socket:self read_alert:any_alert read_timeline:any_alert"
    " read_screens:center read_units:any_unit break_glass:any_alert read_under_glass:own_glass"
    " read_reports:center read_metrics:center erase_alert:any_alert hold_alert:any_alert export_person:any_alert",
    Role.UNIT: f"{_OF_UNITS} read_destination:own_transport read_screens:center report_position:own_unit",
    Role.SHELTER: f"{_OF_UNITS} set_places:own_unit",
    Role.AUDITOR: "own_account:self read_timeline:any_alert read_audit:center read_evidence:center"
    " review_flags:center review_glass:glass_of_others",
    Role.ADMIN: "own_account:self read_units:any_unit import_region:center manage_people:center"
    " read_metrics:center",
    Role.CENTER: "speak_for_center:own_need",
}


def a_viewer(role: Role) -> Viewer:
    unit = "P-1" if role in OF_UNITS else None
    return Viewer(person="p1", login="1", role=role, unit=unit, center="main", session="s1", proved_at=0.0)


def test_the_table_speaks_of_every_action() -> None:
    assert set(TABLE) == set(Action)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_each_role_may_exactly_what_is_written_here(role: Role, action: Action) -> None:
    expected = dict(each.split(":") for each in EXPECTED[role].split())
    allowed = action.value in expected
    assert may(role, action) is allowed
    assert TABLE[action].get(role) == expected.get(action.value)
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
    assert set(TABLE[Action.LOWER_LEVEL]) == {Role.SUPERVISOR}
