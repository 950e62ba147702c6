"""Files of a region for the tests that read them: made-up ones, and where real ones are."""

import json
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[2].parent / "shared/data"
QUADRANTS = SHARED / "cdmx/cuadrantes_2023.geojson"
needs_shared = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real data is not beside the project"),
]

SQUARE = [[-99.2, 19.0], [-99.1, 19.0], [-99.1, 19.1], [-99.2, 19.1], [-99.2, 19.0]]
BESIDE = [[-99.1, 19.0], [-99.0, 19.0], [-99.0, 19.1], [-99.1, 19.1], [-99.1, 19.0]]
BOW_TIE = [[-99.2, 19.2], [-99.1, 19.3], [-99.1, 19.2], [-99.2, 19.3], [-99.2, 19.2]]


def a_polygon(ring: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring]}


def a_geojson(path: Path, *rows: tuple[dict[str, Any], dict[str, Any] | None]) -> Path:
    features = [{"type": "Feature", "properties": fields, "geometry": shape} for fields, shape in rows]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path
