"""Who PostgreSQL runs as on a machine where nobody has run it before."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

NAME = "naranja-several"

MAKING = """
import sys
from app.children.system_user import made
sys.stdin.readline()
print(made(sys.argv[1]).uid)
"""


@pytest.fixture
def no_such_user() -> Iterator[None]:
    remove = shutil.which("userdel")
    if os.geteuid() != 0 or remove is None:
        pytest.skip("only root makes users, and only where they can be removed again")
    subprocess.run([remove, NAME], capture_output=True, check=False)
    yield
    subprocess.run([remove, NAME], capture_output=True, check=False)


@pytest.mark.usefixtures("no_such_user")
async def test_services_that_start_at_once_on_a_new_machine_make_one_user_and_all_become_it() -> None:
    services = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", MAKING, NAME),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=Path.cwd(),
        )
        for _ in range(4)
    ]
    said = await asyncio.gather(*(service.communicate(b"go\n") for service in services))
    uids = {int(out) for out, _ in said}
    assert len(uids) == 1
