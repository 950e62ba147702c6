"""`naranja openapi`: what the API is, as JSON, without a service that runs. The pages are checked against it."""

import json
import sys

from app.main import create_app
from app.settings import Settings


def openapi() -> None:
    """Print the description of the HTTP API (OpenAPI 3.1) as JSON."""
    sys.stdout.write(json.dumps(create_app(Settings()).openapi(), ensure_ascii=False) + "\n")
