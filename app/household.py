"""A household as the board knows it: opaque names of a telephone number and an address, and how often it called.

Number and address are brought to one form, hashed with the center's key, and looked up; the log and the board
carry the random token found there. Nothing here can list or browse.

Of addresses only spellings are made one: case, accents, signs, and the abbreviations everybody writes. Interior,
neighbourhood and town are kept, for two streets of one name lie in one city, and two women wrongly joined are a
worse harm than two alerts for one. A parser that knows towns (libpostal) brings some 2 GB of its own.
"""

import re
import unicodedata
from collections.abc import Sequence

import phonenumbers

from app.desk import Desk, NotSaved
from app.dispatch.commands import Refusal
from app.security.sealing import Sealer
from app.store import audit, people
from app.store import households as rows
from app.store.session import GONE, Database

MEXICO = 52
TELEPHONE, ADDRESS = "household telephone", "household address"
"""What a hash is of."""
OLD_PREFIXES = re.compile(r"(?:044|045|01|1)([0-9]{10})")
"""Before 2019 a Mexican number was dialled with these; old devices and some carriers still send them."""


class Households:
    """The households of one center. `region` is the country a number without a country code is of."""

    def __init__(self, database: Database, sealer: Sealer, desk: Desk, *, center: str, region: str) -> None:
        self._database, self._sealer, self._desk = database, sealer, desk
        self._center, self.region = center, region

    async def known(
        self, *, telephone: str | None = None, address: str | None = None
    ) -> tuple[frozenset[str], int]:
        """The names of who calls, made at their first call, and how many alerts they had that are not open now.

        Nothing that can be compared gives no name. Raises NotSaved when the database does not answer.
        """
        hashes = self.hashes(telephone, address)
        if not hashes:
            return frozenset(), 0
        since = self._desk.now() - self._desk.rules.history_within_s
        try:
            async with self._database.transaction() as connection:
                tokens = await rows.tokens(connection, self._center, hashes)
            async with self._database.transaction() as connection:
                return tokens, await rows.history(connection, self._center, tokens, since)
        except GONE as problem:
            raise NotSaved("the database does not answer") from problem

    async def keep_staff(self, login: str, *, telephones: Sequence[str], addresses: Sequence[str], by: str) -> int:
        """`keep_staff` for this center, now."""
        return await keep_staff(
            self._database,
            self._sealer,
            center=self._center,
            region=self.region,
            login=login,
            telephones=telephones,
            addresses=addresses,
            by=by,
            at=self._desk.now(),
        )

    def hashes(self, telephone: str | None, address: str | None) -> list[bytes]:
        """The keyed hashes under which they are known; none for what cannot be compared."""
        said = (
            (TELEPHONE, one_number(telephone, self.region) if telephone else None),
            (ADDRESS, one_address(address) if address else None),
        )
        return sorted(self._sealer.keyed_hash(purpose, text) for purpose, text in said if text is not None)


async def keep_staff(
    database: Database,
    sealer: Sealer,
    *,
    center: str,
    region: str,
    login: str,
    telephones: Sequence[str],
    addresses: Sequence[str],
    by: str,
    at: float,
) -> int:
    """These are the telephones and addresses of the home of somebody who works here, and no others any more.

    Only keyed hashes of them are kept, and that somebody set them is written down. Returns how many there are.
    Raises Refusal: `unknown_login`, or `not_comparable` and nothing is changed.
    """
    numbers = [one_number(said, region) for said in telephones]
    homes = [one_address(said) for said in addresses]
    if None in numbers or None in homes:
        raise Refusal("not_comparable", "Give whole telephone numbers, and addresses with a street and a number.")
    said = [(TELEPHONE, text) for text in numbers] + [(ADDRESS, text) for text in homes]
    hashes = {sealer.keyed_hash(purpose, text) for purpose, text in said if text is not None}
    async with database.transaction() as connection:
        person = await people.by_login(connection, center, login)
        if person is None:
            raise Refusal("unknown_login", "There is nobody with this login.")
        await rows.set_staff(connection, center, person.id, hashes)
        await audit.write(
            connection,
            center,
            at=at,
            by=by,
            what="staff household set",
            count=len(hashes),
            said={"person": person.id},
        )
    return len(hashes)


def one_number(said: str, region: str) -> str | None:
    """A telephone number in the one form of E.164, or None for what is none, such as 911 or 000 000 0000."""
    try:
        number = phonenumbers.parse(said, region)
    except phonenumbers.NumberParseException:
        return None
    if number.country_code == MEXICO and not phonenumbers.is_valid_number(number):
        zeros = "0" * (number.number_of_leading_zeros or 1) if number.italian_leading_zero else ""
        old = OLD_PREFIXES.fullmatch(f"{zeros}{number.national_number}")
        if old is not None:
            number = phonenumbers.PhoneNumber(country_code=MEXICO, national_number=int(old[1]))
    if not phonenumbers.is_valid_number(number) or len(set(str(number.national_number))) == 1:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_WORDS = {
    "avenida": ("av", "ave", "avda"),
    "boulevard": ("blvd", "boul", "bulevar", "bulevard"),
    "calzada": ("calz", "czda"),
    "callejon": ("cjon", "cllon"),
    "carretera": ("carr", "ctra"),
    "cerrada": ("cda", "cerr"),
    "circuito": ("circ", "cto"),
    "andador": ("and",),
    "privada": ("priv", "pda"),
    "prolongacion": ("prol", "prolong"),
    "retorno": ("ret", "rtno"),
    "interior": ("int", "depto", "dpto", "dep", "departamento", "apartamento", "apto"),
    "manzana": ("mz", "mza", "manz"),
    "lote": ("lt", "lte"),
    "edificio": ("edif", "edo"),
    "esquina": ("esq",),
    "general": ("gral",),
    "doctor": ("dr",),
    "licenciado": ("lic",),
    "ingeniero": ("ing",),
    "profesor": ("prof", "profr"),
    "coronel": ("cnel",),
    "santa": ("sta",),
    "santo": ("sto",),
    "norte": ("nte",),
    "oriente": ("ote",),
    "poniente": ("pte",),
}
_LONG = {short: long for long, shorts in _WORDS.items() for short in shorts}
_LEFT_OUT = frozenset({"calle", "colonia", "col", "fraccionamiento", "fracc", "numero", "num", "nro"})
"""Words that one caller says and the next leaves out, and that tell nothing apart."""
_NO_NAMES = frozenset(_WORDS) | {"de", "del", "la", "las", "los", "el", "y", "entre", "sin"}
_POSTAL = re.compile(r"\bc(?:odigo)?\.? ?p(?:ostal)?\.? ?[0-9]{5}\b")
_NO_NUMBER = re.compile(r"\bno?[.\u00ba\u00b0o]? ?(?=[0-9])")
_PIECES = re.compile(r"[0-9]+|[^\W\d_]+")


def one_address(said: str) -> str | None:
    """An address in one spelling, or None where it is not at least a street and a number.

    1. Fold case, accents and signs. 2. Write abbreviations out, leave out what tells nothing apart. 3. Is there a
    name and then a number, or a street that is itself a number and then one more?
    """
    signs = unicodedata.normalize("NFKD", said.casefold().replace("\u00ba", "o"))
    text = "".join(sign for sign in signs if not unicodedata.combining(sign))
    text = _NO_NUMBER.sub(" ", _POSTAL.sub(" ", text))
    pieces = [_LONG.get(piece, piece) for piece in _PIECES.findall(text)]
    numbered = pieces[:1] in (["calle"], ["c"], ["avenida"]) and pieces[1:2] and pieces[1].isdigit()
    if pieces[:1] == ["c"]:
        pieces = pieces[1:]
    pieces = [piece for piece in pieces if piece not in _LEFT_OUT]
    named = next((at for at, piece in enumerate(pieces) if _is_name(piece)), len(pieces))
    enough = any(piece.isdigit() for piece in pieces[named:])
    if not enough and not (numbered and sum(piece.isdigit() for piece in pieces) > 1):
        return None
    return " ".join(pieces)


def _is_name(piece: str) -> bool:
    return piece.isalpha() and len(piece) > 1 and piece not in _NO_NAMES
