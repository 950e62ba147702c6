"""Signs where log and audit stand, and sends that outside: what was true then cannot be made untrue unseen.

Of several processes the one that adds the next number to the database signs it and sends it. A checkpoint that is
lost on its way is made good by the next, which covers all that it covered.
"""

import asyncio
import errno
import logging
import os
import smtplib
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from app.security.checkpoints import Checkpoint, Signed, Signer
from app.service import Service, checkpoints_of
from app.settings import Settings
from app.store import checkpoints
from app.store.session import GONE

TIMEOUT_S = 10.0
"""A place outside that does not answer within this is tried again in the next round."""

_LOG = logging.getLogger("naranja.notary")


class Notary:
    """One for each process."""

    def __init__(self, service: Service) -> None:
        settings = service.settings
        self._service, self._center = service, settings.center
        self._signer = Signer.of(service.sealer.signing)
        # It logs every address it is given, and this one may hold a token.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False)
        self._outside = [
            _Outside(name, send, settings.checkpoints_waiting_max) for name, send in self._ways(settings).items()
        ]
        self._begun = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to go round."""
        self._task = asyncio.create_task(self._run(), name="notary")

    async def stop(self) -> None:
        """End; what was not signed will be with the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._http.aclose()

    def waiting(self) -> int:
        """Checkpoints that wait, at the place outside where most do."""
        return max(len(place.waiting) for place in self._outside)

    async def _run(self) -> None:
        while True:
            try:
                await self.round()
            except GONE as problem:
                _LOG.warning("no checkpoint", extra={"error": type(problem).__name__})
            except Exception:  # noqa: BLE001  # said loudly; a notary that stands still proves nothing more
                _LOG.critical("a bug in the notary; it goes on", exc_info=True)
            await self._service.clock.sleep(self._service.settings.checkpoint_every_s)

    async def round(self) -> None:
        """1. Sign the heads, where they have moved since the last checkpoint. 2. Send what waits to be sent.

        The first round signs in any case: whether the last checkpoint of before was sent is not known.
        """
        signed = await self._sign(even_if_still=not self._begun)
        self._begun = True
        if signed is not None:
            for place in self._outside:
                place.waiting.append(signed)
        for place in self._outside:
            await place.send_all()

    async def _sign(self, *, even_if_still: bool) -> Signed | None:
        """The next checkpoint, if there is something to sign and no other process was faster."""
        async with self._service.database.transaction() as connection:
            heads = await checkpoints.heads(connection, self._center)
            newest = await checkpoints.newest(connection, self._center)
            last = newest.checkpoint if newest else None
            moved = last is None or (last.log, last.audit) != (heads.log, heads.audit)
            if not moved and not even_if_still:
                return None
            number = last.number + 1 if last else 1
            now = self._service.clock.now()
            point = Checkpoint(center=self._center, number=number, at=now, log=heads.log, audit=heads.audit)
            signed = self._signer.sign(point)
            return signed if await checkpoints.add(connection, signed) else None

    def _ways(self, settings: Settings) -> dict[str, "Send"]:
        """Every way outside that is set; the file always is."""
        path = checkpoints_of(settings)
        ways: dict[str, Send] = {"file": lambda signed: asyncio.to_thread(append, path, signed)}
        if settings.checkpoint_webhook is not None:
            ways["webhook"] = self._post
        if settings.checkpoint_mail is not None:
            ways["mail"] = lambda signed: asyncio.to_thread(mail, settings, signed)
        return ways

    async def _post(self, signed: Signed) -> None:
        webhook = self._service.settings.checkpoint_webhook
        if webhook is not None:
            headers = {"Content-Type": "application/json"}
            answer = await self._http.post(webhook.get_secret_value(), content=signed.line, headers=headers)
            answer.raise_for_status()


Send = Callable[[Signed], Awaitable[None]]


class _Outside:
    """One place outside, and what waits to be sent to it, oldest first."""

    def __init__(self, name: str, send: Send, waiting_max: int) -> None:
        self._name, self._send = name, send
        self.waiting: deque[Signed] = deque(maxlen=waiting_max)

    async def send_all(self) -> None:
        """Send what waits, in order, until one is not taken; that one is tried again in the next round."""
        try:
            while self.waiting:
                await self._send(self.waiting[0])
                self.waiting.popleft()
        except (OSError, httpx.HTTPError, smtplib.SMTPException) as problem:
            # Its address may hold a password, so only the kind of the problem is said.
            _LOG.error(
                "checkpoints wait: one is not taken outside",
                extra={"kind": self._name, "error": type(problem).__name__, "count": len(self.waiting)},
            )


def append(path: Path, signed: Signed) -> None:
    """Add a line to the file and bring it to the disk. Raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        line = signed.line.encode() + b"\n"
        if os.write(handle, line) < len(line):
            raise OSError(errno.ENOSPC, "the checkpoint was not written whole")
        os.fsync(handle)
    finally:
        os.close(handle)


def mail(settings: Settings, signed: Signed) -> None:
    """Give the checkpoint to the mail server, encrypted wherever it offers that. Raises OSError, SMTPException."""
    if settings.checkpoint_mail is None:
        return
    server = urlsplit(settings.checkpoint_mail.get_secret_value())
    letter = EmailMessage()
    letter["Subject"] = f"naranja checkpoint {signed.checkpoint.center} {signed.checkpoint.number}"
    letter["From"], letter["To"] = settings.checkpoint_mail_from or "", settings.checkpoint_mail_to or ""
    letter.set_content(signed.line + "\n", cte="quoted-printable")
    host, port, trusted = server.hostname or "", server.port or 0, ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=trusted)
        if server.scheme == "smtps"
        else smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    ) as line:
        line.ehlo()
        if server.scheme != "smtps" and line.has_extn("starttls"):
            line.starttls(context=trusted)
        if server.username:
            line.login(unquote(server.username), unquote(server.password or ""))
        line.send_message(letter)
