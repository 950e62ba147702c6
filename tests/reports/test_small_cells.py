"""Small cells: what is hidden cannot be found by subtraction, in the table or in any sum by fewer of its keys."""

from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from app.reports.small_cells import Cell, hidden

FLOOR = 5


def test_a_small_cell_is_hidden_and_an_empty_or_large_one_is_not() -> None:
    counts: dict[Cell, int] = {("a",): 3, ("b",): 4, ("c",): 5, ("d",): 0}
    assert hidden(counts, FLOOR).cells == {("a",), ("b",)}
    assert hidden({("a",): 5, ("b",): 900}, FLOOR).cells == frozenset()
    assert hidden({}, FLOOR).cells == frozenset()
    assert hidden({(): 4}, FLOOR).cells == {()}


def test_one_hidden_cell_takes_the_smallest_other_with_it() -> None:
    assert hidden({("a",): 2, ("b",): 30, ("c",): 7}, FLOOR).cells == {("a",), ("c",)}


def test_two_hidden_cells_that_are_few_together_take_a_third() -> None:
    assert hidden({("a",): 1, ("b",): 2, ("c",): 30}, FLOOR).cells == {("a",), ("b",), ("c",)}


def test_a_floor_of_one_hides_nothing() -> None:
    assert hidden({("a",): 1, ("b",): 2}, 1).cells == frozenset()


def test_a_sum_that_is_hidden_by_its_own_table_cannot_be_added_up_from_this_one() -> None:
    counts: dict[Cell, int] = {
        ("a", "x"): 2,
        ("a", "y"): 1,
        ("b", "x"): 5,
        ("b", "y"): 5,
        ("c", "x"): 30,
        ("c", "y"): 40,
    }
    by_zone = hidden({("a",): 3, ("b",): 10, ("c",): 70}, FLOOR).cells
    assert by_zone == {("a",), ("b",)}
    assert {cell for cell in hidden(counts, FLOOR).cells if cell[0] == "b"}


TABLES = st.integers(min_value=1, max_value=3).flatmap(
    lambda keys: st.dictionaries(
        st.sampled_from(list(product("abc", repeat=keys))), st.integers(min_value=0, max_value=40), min_size=1
    )
)


@settings(max_examples=400, deadline=None)
@given(TABLES)
def test_nothing_small_is_found_by_subtraction_from_any_sum(counts: dict[Cell, int]) -> None:
    """Everybody who may ask for the sums by fewer keys subtracts as long as that finds anything."""
    keys = len(next(iter(counts)))
    unsaid = hidden(counts, FLOOR)
    if unsaid.hopeless:
        return  # The table is not told at all.
    gone = unsaid.cells
    assert unsaid.small == {cell for cell, count in counts.items() if 0 < count < FLOOR}
    known = {cell: count for cell, count in counts.items() if cell not in gone or not count}
    lines = [
        (line, sum(counts[cell] for cell in line), name in hidden(sums, FLOOR).cells)
        for size in range(keys)
        for of in combinations(range(keys), size)
        for by in [grouped(counts, of)]
        for sums in [{name: sum(counts[cell] for cell in line) for name, line in by.items()}]
        for name, line in by.items()
    ]
    while more := {
        unknown[0]: total - sum(known.get(cell, 0) for cell in line)
        for line, total, untold in lines
        if not untold and len(unknown := [cell for cell in line if cell not in known]) == 1
    }:
        known |= more
    assert not [cell for cell, count in known.items() if 0 < count < FLOOR]
    for line, total, untold in lines:
        unknown = [cell for cell in line if cell not in known]
        if untold:
            assert unknown or total == 0, "a hidden sum can be added up"
        elif unknown:
            assert sum(counts[cell] for cell in unknown) >= FLOOR


def grouped(counts: dict[Cell, int], of: tuple[int, ...]) -> dict[Cell, list[Cell]]:
    lines: dict[Cell, list[Cell]] = {}
    for cell in counts:
        lines.setdefault(tuple(cell[key] for key in of), []).append(cell)
    return lines
