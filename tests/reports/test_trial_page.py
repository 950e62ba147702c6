"""The page of a trial: a stranger finds what was measured, on how many, who was left out, and if it is real."""

import io
import re
from html.parser import HTMLParser
from string import Formatter
from typing import Any

import pypdf
import pytest

from app.reports.files import as_csv
from app.reports.findings import find
from app.reports.intervals import INTERVALS, VERSION
from app.reports.page import page_html, page_pdf, page_text
from app.reports.seeds import Measure
from app.reports.trial_page import Page
from app.reports.trial_tables import trial_dict
from app.reports.trial_words import TRIAL_LABELS, TRIAL_SENTENCES
from app.reports.words import LANGUAGES, say
from tests.reports.trial_builders import a_page, about, findings, moved, samples, taken

AT = 1_700_000_000.0


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def from_pdf(page: Page) -> tuple[int, str]:
    """How many pages, and all they say without blanks."""
    read = pypdf.PdfReader(io.BytesIO(page_pdf(page, AT)))
    return len(read.pages), squeezed("".join(one.extract_text() for one in read.pages))


def answer(page: Page, question: str) -> str:
    asked = say(f"question.{question}", page.language)
    return next(one.text for one in page.answers if one.question == asked)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tornado", [True, False])
def test_the_pdf_is_one_page_whose_text_can_be_read_out(language: str, *, tornado: bool) -> None:
    page = a_page(language, tornado=tornado)
    pages, text = from_pdf(page)
    assert pages == 1
    for said in (page.title, page.sentence, *(one.text for one in page.answers), *page.notes):
        assert squeezed(said) in text
    for row in page.tables[0].shown():
        assert all(squeezed(cell) in text for cell in row)
    for row in page.tables[-1].shown():
        assert squeezed(f"{row[0]}: {row[1]}. {row[2]}") in text


def test_the_pdf_says_its_language_and_that_it_is_for_everybody() -> None:
    root: Any = pypdf.PdfReader(io.BytesIO(page_pdf(a_page("es"), AT))).trailer["/Root"]
    assert root["/Lang"] == "es"
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - pypdf has a boolean of its own
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()


def test_a_stranger_finds_what_was_measured() -> None:
    text = answer(a_page("en"), "what")
    assert "from the call (T0) to the first police on scene (T8)" in text
    assert f"definition {INTERVALS['response'].number}, version {VERSION}" in text
    assert "simulation" in text


def test_a_stranger_finds_on_how_many() -> None:
    found = findings()
    relay, ours = found.of("relay"), found.of("ours")
    text = answer(a_page("en", found), "how_many")
    assert ours.n == 240
    assert text.startswith("246 calls in 6 simulations")
    assert f"telephone relay {relay.n}; Naranja {ours.n}" in text


def test_a_stranger_finds_who_was_left_out_and_nobody_is_left_out_in_silence() -> None:
    found = findings()
    relay = found.of("relay")
    text = answer(a_page("en", found), "left_out")
    assert relay.n + relay.unattended + relay.left_out == 246
    assert f"Nobody came: telephone relay {relay.unattended} of 246; Naranja 0 of 246." in text
    assert "impossible data): telephone relay 6; Naranja 6." in text


def test_a_stranger_finds_whether_the_change_is_real_and_what_it_hangs_on() -> None:
    page = a_page("en")
    assert "The change is more than chance." in page.sentence
    text = answer(page, "real")
    assert text.startswith("The change is more than chance.")
    assert "It depends most on: cases lost when handed over, traffic, answering the call." in text
    assert "Whoever knew everything would take 89 %" in text


def test_a_change_that_chance_could_have_made_is_not_called_real() -> None:
    same = find({"relay": samples(900.0, 0.0), "ours": samples(900.0, 0.0)}, "ours")
    page = a_page("en", same)
    assert "cannot be told from chance" in page.sentence
    assert "more than chance" not in " ".join((page.sentence, *(one.text for one in page.answers)))
    assert page.tables[1].rows[0][-1] == say("no", "en")


def test_the_sentence_can_be_read_aloud_and_does_not_forget_those_to_whom_nobody_came() -> None:
    found = findings()
    said = re.sub(r"\d+\xa0min\xa0\d+\xa0s", "LENGTH", a_page("en", found).sentence)
    assert said == (
        "On the same 246 simulated calls, police took LENGTH on average with Naranja, and LENGTH with telephone"
        " relay: LENGTH less (95 %: between LENGTH and LENGTH). The change is more than chance. Nobody came to"
        f" {found.of('relay').unattended} with telephone relay, and to 0 with Naranja."
    )


class Reader(HTMLParser):
    """What a browser would fetch, run and show."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "line", "rect", "polyline"}:
            self.open.append(tag)
        self.fetched += [f"{tag} {name}" for name, _ in attrs if name in {"src", "href", "srcset"}]
        self.fetched += [tag] if tag in {"script", "link", "iframe", "object"} else []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [f"{tag} {name}" for name, _ in attrs if name in {"src", "href", "srcset"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_html_page_needs_nothing_else_and_says_the_same(language: str) -> None:
    page = a_page(language)
    html, reader = page_html(page), Reader()
    reader.feed(html)
    assert reader.open == []
    assert reader.fetched == []
    assert "url(" not in html
    assert "@import" not in html
    text = squeezed(reader.text)
    for said in (
        page.title,
        page.sentence,
        *(one.text for one in page.answers),
        *(one.alt for one in page.drawings),
    ):
        assert squeezed(said) in text
    for table in page.tables:
        assert all(squeezed(cell) in text for row in table.shown() for cell in row)


def test_the_terminal_says_the_same() -> None:
    page = a_page("es")
    text = squeezed(page_text(page))
    for said in (page.title, page.sentence, *(one.text for one in page.answers), *page.notes):
        assert squeezed(said) in text


def test_every_table_is_csv_too_with_the_interval_in_columns_of_its_own() -> None:
    header, first, *_ = as_csv(a_page("en").tables[0]).splitlines()
    line = dict(zip(header.split(","), first.split(","), strict=True))
    mean = findings().of("relay").measures[Measure.MEAN]
    assert mean is not None
    assert mean.low is not None
    assert (line["policy"], int(line["mean_s"]), int(line["mean_s_low"])) == (
        "telephone relay",
        round(mean.value),
        round(mean.low),
    )


def test_json_has_the_figures_unrounded_and_every_count() -> None:
    about_it = trial_dict(findings(), taken(), moved(), about())
    relay = about_it["policies"][0]
    assert relay["n"] + relay["unattended"] + relay["excluded"] == 246
    assert about_it["definitions_version"] == VERSION
    assert [one["those"] for one in about_it["comparisons"]] == ["relay", "bound"]
    assert about_it["tornado"][1]["difference"]["less"]["value"] == 300
    assert about_it["assumptions"][1]["source"] == "assumed; some survey"


def test_the_tornado_stands_in_order_of_its_swing() -> None:
    page = a_page("en")
    drawing = page.drawings[1]
    labels = [say(f"assumption.{name}", "en") for name in ("dropped", "traffic", "answer_s")]
    places = [drawing.svg.index(label) for label in labels]
    assert places == sorted(places)
    assert "cases lost when handed over: +5:00, −5:00" in drawing.alt


def test_a_policy_that_does_not_reach_everybody_never_comes_to_the_top_of_the_drawing() -> None:
    svg = a_page("en").drawings[0].svg
    tops = [
        min(float(point.split(",")[1]) for point in line.split())
        for line in re.findall(r'polyline points="([^"]+)"', svg)
    ]
    assert tops[0] > 60, "a quarter of the relay's are never reached"
    assert tops[1] == tops[2] == 12


def test_what_somebody_wrote_is_text_and_not_markup() -> None:
    html = page_html(a_page())
    assert "Ensayo &lt;uno&gt;" in html
    assert "Some index &lt;2025&gt;" in html


def test_every_gap_of_a_trials_sentence_is_the_same_in_both_languages() -> None:
    def gaps(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for key, (spanish, english) in {**TRIAL_SENTENCES, **TRIAL_LABELS}.items():
        assert gaps(spanish) == gaps(english), key
