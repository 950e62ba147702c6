"""Why somebody is not let in; each with a stable code and a sentence that says no more than it must."""

from app.dispatch.commands import Refusal


class NotLetIn(Exception):
    """What was shown does not sign anybody in."""

    code = "not_let_in"
    sentence = "This does not sign anybody in."


class WrongLogin(NotLetIn):
    """Login or password is wrong; which of the two is not said."""

    code = "wrong_login"
    sentence = "Login or password is wrong."


class SecondWayNeeded(NotLetIn):
    """The password is right, and alone it is not enough."""

    code = "second_way_needed"
    sentence = "This account also asks for a code of its authenticator app. Send the password again with the code."


class WrongCode(NotLetIn):
    """The password is right; the code is wrong, too old, or was used before."""

    code = "wrong_code"
    sentence = "The code is wrong or was used already. Wait for the next one."


class WrongSecret(NotLetIn):
    """No such one-time secret for this login, or it was used, replaced, or is too old."""

    code = "wrong_secret"
    sentence = "The one-time secret is wrong, was used, or is too old. Ask for a new one."


class WrongPasskey(NotLetIn):
    """The passkey, its answer, or the question it answers is not a good one; which is not said."""

    code = "wrong_passkey"
    sentence = "This passkey does not sign in here. Ask for new options and try again."


class IssuerRefused(NotLetIn):
    """What came back from the agency's sign-in proves nothing, or names nobody who has an account."""

    code = "issuer_refused"
    sentence = "The agency's sign-in was not accepted here. Begin again, or use another way."


class IssuerSilent(Exception):
    """The agency's sign-in does not answer now."""

    code = "issuer_silent"
    sentence = "The agency's sign-in does not answer. Use another way, or try again soon."


class TooManyAttempts(Exception):
    """Not looked at: too much failed before. `retry_after_s` says when it is."""

    code = "too_many_attempts"
    sentence = "Too many attempts failed. Wait as long as Retry-After says; whoever is signed in stays so."

    def __init__(self, retry_after_s: float) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


def proof_needed() -> Refusal:
    """The viewer has not proved for too long who they are."""
    return Refusal("proof_needed", "Prove first who you are, at /api/session/prove; then send this again.")


def not_set_up(code: str, what: str, setting: str) -> Refusal:
    """The center does not offer this way."""
    return Refusal(code, f"{what} not set up in this center. Whoever runs it sets {setting}.")
