"""A small issuer of an agency (OpenID Connect) on this machine: real RSA keys, real HTTP, ways to be wrong."""

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from app.clock import Clock

CLIENT, SECRET = "naranja", "issuer and naranja know this"
Json = dict[str, Any]


@dataclass
class Issuer:
    """`claims` are added to each token, or taken away where they are None; `key` signs, `shown` is shown."""

    clock: Clock
    port: int = 0
    claims: Json = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    shown: RSAKey | None = None
    algorithm: str = "RS256"
    name: str | None = None
    asked: dict[str, Json] = field(default_factory=dict)
    exchanged: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def authorize(self, address: str) -> tuple[str, str]:
        """A person signs in at the issuer, who sends the browser back with a code and the state."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/authorize"
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.asked[code] = asked
        return code, asked["state"]

    def answer(self, method: str, path: str, headers: dict[str, str], body: str) -> tuple[int, Json]:
        """What it says over HTTP."""
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.name or self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            }
        if path == "/keys":
            return 200, {"keys": [(self.shown or self.key).as_dict(private=False)]}
        assert (method, path) == ("POST", "/token")
        return self._token(headers, {name: values[0] for name, values in parse_qs(body).items()})

    def _token(self, headers: dict[str, str], form: dict[str, str]) -> tuple[int, Json]:
        asked = self.asked.pop(form["code"], None)
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        hashed = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if (
            asked is None
            or headers.get("authorization") != f"Basic {known}"
            or hashed.decode() != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(self.clock.now())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "7",
            "iat": now,
            "exp": now + 60,
            "auth_time": now,
            "nonce": asked["nonce"],
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        self.exchanged.append(form["code"])
        key: Any = self.key if self.algorithm != "none" else None
        if self.algorithm == "none":
            head, said = (_b64(json.dumps(part).encode()) for part in ({"alg": "none"}, claims))
            token = f"{head}.{said}."
        else:
            token = jwt.encode({"alg": self.algorithm, "kid": "1"}, claims, key, algorithms=[self.algorithm])
        return 200, {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": token}


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@asynccontextmanager
async def an_issuer(clock: Clock) -> AsyncIterator[Issuer]:
    """One that answers on a free port of this machine."""
    issuer = Issuer(clock)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
        method, path, _ = first.split()
        if path.startswith("/authorize?"):
            # What a browser is shown there; its person has just signed in.
            code, state = issuer.authorize(issuer.url + path)
            to = f"{issuer.asked[code]['redirect_uri']}?{urlencode({'code': code, 'state': state})}"
            writer.write(
                f"HTTP/1.1 302 X\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )
            await writer.drain()
            writer.close()
            return
        status, said = issuer.answer(method, path, headers, body)
        text = json.dumps(said).encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n"
            "Connection: close\r\n\r\n".encode()
            + text
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    issuer.port = server.sockets[0].getsockname()[1]
    async with server:
        yield issuer
