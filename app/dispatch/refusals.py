"""Every refusal of the core in words: its stable code and the sentence a person can act on."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from .commands import Refusal

type Fact = str | int | Iterable[str]

SENTENCES: Mapping[str, str] = {
    "alert_exists": "An alert with this id is open already.",
    "code_word_wrong": "This is not the code word. The alert goes on.",
    "first_call": "This call raised the alert; it cannot be split off.",
    "handed_here": "A neighbouring center follows this alert; it is not merged with another.",
    "level_not_higher": "The level is {level} already; only a higher one can be set here.",
    "level_not_lower": "The level is {level}; only a lower one can be set here.",
    "need_accepted:by_hand": "Somebody has accepted this need; recall it first.",
    "need_accepted:neighbour": "Somebody comes for this need already.",
    "need_elsewhere": "A neighbouring center has this need.",
    "need_elsewhere:merge": "A neighbouring center has {needs} of this alert; merge the other into it.",
    "need_unaccepted": "Nobody has accepted yet: {needs}.",
    "neighbour_asked": "The neighbouring center has been asked already.",
    "no_alarm": "There is no alarm to acknowledge here.",
    "no_neighbour": "There is no neighbouring center to ask for this alert.",
    "not_a_shelter": "{unit} has no places.",
    "not_arrived": "You have not said that she has come. Withdraw if the place is not needed.",
    "not_asked": "This center was not asked for that.",
    "not_due": "Its time has not come.",
    "not_handed_here": "No other center has handed this alert here.",
    "not_held": "No place is kept for her with this assignment.",
    "not_offered": "This offer has been answered.",
    "not_on_scene": "You have not said that you were on scene. Withdraw, and another unit goes.",
    "not_prosecutor": "Only the prosecutor of the alert says this.",
    "not_stuck": "This need is not stuck.",
    "nothing_to_lose": "{unit} is {state}.",
    "nothing_to_recall": "This need is {state}; nobody can be recalled.",
    "off_duty": "{unit} is off duty.",
    "offer_over": "This offer's time is over.",
    "on_duty": "{unit} is on duty already.",
    "order_open": "Say what became of the protection order: {outcomes}.",
    "order_outcome_unknown": "An order is one of {outcomes}.",
    "order_settled": "The protection order is settled already: {outcome}.",
    "safe_unanswered": "Say whether she is safe: yes, no or unknown.",
    "same_alert": "An alert is not merged into itself.",
    "service_may_not": "Only a person may do this.",
    "shift_over": "The end of the shift lies in the past.",
    "too_close": "{unit} is too close to a known place of the aggressor.",
    "too_few_places": "There cannot be fewer than no places free.",
    "too_many_needs": "One alert can have {most} needs.",
    "too_many_places": "{unit} has {places} places and {others} of them are held for somebody or awaited.",
    "unit_asked": "{unit} is asked for this need already.",
    "unit_busy": "{unit} holds an assignment; finish it or withdraw first.",
    "unit_not_free": "{unit} is {state}.",
    "unit_on_duty": "{unit} is on duty; its facts change when it is off duty.",
    "unit_on_duty:not_listed": "{unit} is on duty and not in the list.",
    "unit_twice": "A unit code stands twice in the list.",
    "unknown_alert": "There is no open alert with this id.",
    "unknown_alert:closed": "This alert is closed.",
    "unknown_answer": "A question is answered yes, no or unknown.",
    "unknown_assignment": "This assignment is not yours, or is over.",
    "unknown_call": "This call is not of this alert.",
    "unknown_need": "This alert has no open need {need}.",
    "unknown_question": "There is no such question; there are {questions}.",
    "unknown_question:screen": "The screen {screen} has no such question.",
    "unknown_screen": "There is no such risk screen here.",
    "unknown_unit": "There is no unit {unit}.",
    "unknown_unit:need": "There is no unit {unit} for this need.",
    "whereabouts_unknown": "Say where she is: {whereabouts}.",
    "wrong_capacity": "{unit} can hold 1 to {most} at once.",
    "wrong_children": "A place of {unit} cannot take fewer than no children.",
    "wrong_state": "This assignment is {state}.",
    "wrong_state:not_accepted": "Accept the offer first.",
}
"""Code -> sentence with its {named} facts. Where one code has two, a colon and the case follow the code."""


def refused(case: str, **facts: Fact) -> Refusal:
    """The refusal of that case, to be raised; a KeyError where the table lacks it or a fact of its sentence."""
    code, _, _ = case.partition(":")
    return Refusal(code, SENTENCES[case].format_map({name: _spoken(fact) for name, fact in facts.items()}))


def _spoken(fact: Fact) -> str:
    """A state as people say it, several words with commas between them, anything else as it is."""
    if isinstance(fact, StrEnum):
        return fact.value.replace("_", " ")
    return str(fact) if isinstance(fact, str | int) else ", ".join(fact)
