"""The web pages as files: built by `make web` into `app/web` and read once.

A page is a shell without data. What it shows it asks of the API, with the session of whoever looks. The policy
it lives under is put on by `app.api.browser`, like every other header of safety.
"""

import gzip
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

FOLDER = Path(__file__).parent / "web"
"""Where `make web` puts them; not in the repository."""

FOREVER = "public, max-age=31536000, immutable"
"""For names that carry a hash of what is in them."""
ALWAYS_ASKED = "no-store"
ZIPPED = frozenset({".html", ".js", ".css", ".svg", ".webmanifest"})

NOT_BUILT = """<!doctype html><html lang="es-MX"><head><meta charset="utf-8"><title>Naranja</title></head><body>
<h1>Las páginas no están construidas</h1><p>En el servidor: <code>make web</code>, y reinicie el servicio.</p>
<h1 lang="en">The pages are not built</h1><p lang="en">On the server: <code>make web</code>, then restart.</p>
</body></html>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file as it is sent."""

    plain: bytes
    zipped: bytes | None
    kind: str
    kept: str

    def answer(self, request: Request) -> Response:
        """The file, packed where the other side takes that."""
        headers = {"Cache-Control": self.kept, "Vary": "Accept-Encoding"}
        if self.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.zipped, media_type=self.kind, headers={**headers, "Content-Encoding": "gzip"})
        return Response(self.plain, media_type=self.kind, headers=headers)


@cache
def read_files(folder: Path) -> Mapping[str, File]:
    """Every file of the folder by its address (`/assets/…`, `/console.html`), read once; empty where none is."""
    return {
        f"/{path.relative_to(folder).as_posix()}": _file(path, hashed=path.parent.name == "assets")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _file(path: Path, *, hashed: bool) -> File:
    plain = path.read_bytes()
    kind = "application/manifest+json" if path.suffix == ".webmanifest" else mimetypes.guess_type(path.name)[0]
    return File(
        plain=plain,
        zipped=gzip.compress(plain, mtime=0) if path.suffix in ZIPPED else None,
        kind=kind or "application/octet-stream",
        kept=FOREVER if hashed else ALWAYS_ASKED,
    )


def page_routes(folder: Path = FOLDER) -> APIRouter:
    """The pages and what they load. Addresses are looked up among the files read; none is ever made of a path."""
    router = APIRouter(include_in_schema=False)
    files = read_files(folder)

    def page(address: str, file: str) -> None:
        @router.get(address)
        async def show(request: Request) -> Response:
            found = files.get(file)
            if found is None:
                return Response(NOT_BUILT, status_code=503, media_type="text/html")
            return found.answer(request)

    page("/", "/index.html")
    for name in ("account", "console", "unit", "coordinator"):
        page(f"/{name}", f"/{name}.html")

    async def load(request: Request) -> Response:
        found = files.get(request.url.path)
        if found is None:
            raise HTTPException(404)
        return found.answer(request)

    for address in ("/assets/{name}", "/sw.js", "/unit.webmanifest", "/icon.svg"):
        router.add_api_route(address, load)
    return router
