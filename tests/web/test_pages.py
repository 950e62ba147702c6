"""The pages as files: who may load what, under which policy, how large, and what is said when nothing is built."""

import gzip
import json
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.api.browser import Browser
from app.pages import FOLDER, page_routes
from app.security.browser import PAGE_POLICY
from app.settings import Settings

FIRST_LOAD_BYTES_MAX = 60_000
"""Of the unit's page, gzipped: everything that is loaded before it can be used."""
PAGES = ("/", "/account", "/console", "/unit", "/coordinator")


def _client(folder: Path = FOLDER) -> AsyncClient:
    app = FastAPI(openapi_url=None)
    app.include_router(page_routes(folder))
    app.add_middleware(Browser, settings=Settings())
    return AsyncClient(transport=ASGITransport(app), base_url="http://localhost")


def _files(html: str) -> list[str]:
    return re.findall(r'(?:src|href)="([^"]+)"', html)


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_is_served_under_a_strict_policy_and_never_kept(page: str) -> None:
    async with _client() as client:
        answer = await client.get(page)
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    assert policy == PAGE_POLICY
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_holds_no_script_no_style_and_no_other_place(page: str) -> None:
    async with _client() as client:
        html = (await client.get(page)).text
        assert re.search(r"<script(?![^>]*\bsrc=)", html) is None
        assert "<style" not in html
        assert "style=" not in html
        assert all(file.startswith("/") and not file.startswith("//") for file in _files(html))
        for file in _files(html):
            found = await client.get(file)
            assert found.status_code == 200
            kept = found.headers["cache-control"]
            assert ("immutable" in kept) == file.startswith("/assets/")


async def test_the_phone_loads_little_before_it_can_be_used() -> None:
    async with _client() as client:
        page = await client.get("/unit")
        sizes = {"/unit": len(gzip.compress(page.content))}
        for file in _files(page.text):
            sizes[file] = len(gzip.compress((await client.get(file)).content))
    assert sum(sizes.values()) <= FIRST_LOAD_BYTES_MAX, sizes


async def test_what_is_loaded_is_packed_for_who_takes_it() -> None:
    async with _client() as client:
        packed = await client.get("/unit", headers={"Accept-Encoding": "gzip"})
        plain = await client.get("/unit", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert packed.headers["vary"] == "Accept-Encoding"


async def test_the_phone_can_be_installed() -> None:
    async with _client() as client:
        manifest = await client.get("/unit.webmanifest")
        worker = await client.get("/sw.js")
    assert manifest.headers["content-type"] == "application/manifest+json"
    assert json.loads(manifest.text)["start_url"] == "/unit"
    assert worker.headers["cache-control"] == "no-store"
    assert worker.headers["content-security-policy"] == PAGE_POLICY
    assert "/api" not in worker.text


@pytest.mark.parametrize(
    "address", ["/assets/none.js", "/assets/..%2f..%2fmain.py", "/assets/%2e%2e/%2e%2e/settings.py", "/pages.py"]
)
async def test_nothing_but_what_was_built_is_served(address: str) -> None:
    async with _client() as client:
        assert (await client.get(address)).status_code == 404


async def test_a_service_without_built_pages_says_what_to_do(tmp_path: Path) -> None:
    async with _client(tmp_path) as client:
        page = await client.get("/console")
        file = await client.get("/assets/x.js")
    assert page.status_code == 503
    assert "make web" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert file.status_code == 404
