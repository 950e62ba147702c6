"""The risk screens of the center, for whoever asks their questions."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from app.security.permissions import Action, require

from .caller import Asker, Here

router = APIRouter(prefix="/api/screens", tags=["screens"])
Language = Annotated[Literal["es", "en"], Query()]


@router.get("")
async def list_screens(here: Here, asker: Asker, language: Language = "es") -> dict[str, Any]:
    """Every screen with its questions in one language. `same_as`: answered at intake, if it was asked there."""
    require(asker, Action.READ_SCREENS)
    return {
        "language": language,
        "screens": [
            {
                "profile": profile.code,
                "version": profile.version,
                "name": profile.name,
                "source": profile.source,
                "questions": [
                    {"code": question.code, "text": getattr(question, language), "same_as": question.same_as}
                    for question in profile.questions
                ],
            }
            for profile in here.desk.rules.screens
        ],
    }
