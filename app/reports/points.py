"""The sixteen numbered moments of an alert that reports speak of, T0 to T15."""

from enum import StrEnum


class TimePoint(StrEnum):
    """The numbered time points, in the order in which they are expected."""

    RECEIVED = "T0"
    ANSWERED = "T1"
    LOCATED = "T2"
    RAISED = "T3"
    OFFERED = "T4"
    DELIVERED = "T5"
    ACCEPTED = "T6"
    EN_ROUTE = "T7"
    ON_SCENE = "T8"
    CONTACT = "T9"
    PROSECUTOR_CONTACT = "T10"
    DEPARTED = "T11"
    SAFE = "T12"
    CLEAR = "T13"
    ORDER = "T14"
    CLOSED = "T15"
