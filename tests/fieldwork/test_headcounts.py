"""Headcounts that are typed, pasted or uploaded: read as meant, shown before they are saved, and never cut."""

from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from app.core.typed import TypedError
from app.fieldwork import frames, headcounts
from app.storage.refusals import Refused
from tests.conftest import TODAY, TinySurvey
from tests.security.test_role_matrix import client_of
from tests.support.builders import QUICK
from tests.support.client import Seen, StrictClient
from tests.support.staff import token_of

PAGE = "/staff/rounds/family-1/frame"
AREAS = {"north": "North", "central": "Central", "south": "South", "boroughwide": "Not tied to one area"}
READ = (("Plans", {"north": "1,204", "south": "7"}), ("Café", {"north": "5", "south": ""}))


@pytest.fixture
def lead(app: Flask, tiny: TinySurvey) -> StrictClient:
    """A browser of somebody who runs rounds."""
    return client_of(app, "evaluator")


def send(client: StrictClient, file: bytes | None = None, **fields: str) -> Seen:
    """Send the form of the target population, with a file if there is one."""
    token = token_of(client.request("GET", PAGE))
    given = {"definition": "All families", "counted_on": TODAY.isoformat(), **fields}
    pairs: list[Any] = [("csrf_token", token), *((name.replace("_", "-"), text) for name, text in given.items())]
    pairs = [(name.replace("counted-on", "counted_on"), text) for name, text in pairs if text is not None]
    pairs += [] if file is None else [("file", (BytesIO(file), "counts"))]
    return client.request("POST", PAGE, [("csrf_token" if n == "csrf-token" else n, v) for n, v in pairs])


def typed(page: Seen) -> dict[str, str]:
    """Return what stands in the fields of the page."""
    boxes = {e.get("name"): (e.text or "").strip("\n") for e in page.tree.iter("textarea")}
    return boxes | {e.get("name"): e.get("value") for e in page.tree.iter("input") if e.get("value")}


def faults(page: Seen) -> list[tuple[str, str]]:
    """Return where the links of the error summary lead, and their words."""
    return [(a.get("href")[1:], a.text) for a in page.find("div", id="error-summary").iter("a")]


def book(*rows: list[object], **sheets: list[list[object]]) -> bytes:
    """Return an Excel workbook whose first sheet has these rows."""
    made, file = Workbook(), BytesIO()
    for row in rows:
        made.active.append(row)
    for name, others in sheets.items():
        sheet = made.create_sheet(name)
        for row in others:
            sheet.append(row)
    made.save(file)
    return file.getvalue()


TABLE = "Group\tNorth\tSouth\nPlans\t1,204\t7\nCafe\u0301\t5\t\n"


@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        'Group,North,South\nPlans,"1,204",7\nCafé,5,\n',
        "sep=;\nGroup;South;North\nPlans;7;1,204\nCafé;;5\n",
        "Headcounts of autumn\n\n;North;South;Total\nPlans;1,204;7;1,211\nCafé;5;;5\nTotal;1,209;7;1,216\n",
        "group\tNORTH\tsouth\n\nPlans\t1,204\t7\nCafé\t5\n",
    ],
    ids=["tabs", "commas", "semicolons", "titles and totals", "other case and empty rows"],
)
def test_a_table_is_read_as_meant(text: str) -> None:
    found = headcounts.read_table(headcounts.rows_of_text(text), AREAS)
    cells = [{place: n for place, n in row.items() if n} for _group, row in found.rows]
    assert cells == [{"north": "1,204", "south": "7"}, {"north": "5"}]
    assert found.rows[0][0] == "Plans"


def test_what_is_left_out_is_said() -> None:
    rows = headcounts.rows_of_text("Autumn\n,North,Total\nPlans,4,4\nTotal,4,4\n")
    assert headcounts.read_table(rows, AREAS).left_out == ("row 1 (Autumn)", "column 3 (Total)", "row 4 (Total)")


def test_without_a_first_row_of_areas_they_stand_in_the_order_of_the_grid() -> None:
    found = headcounts.read_table(headcounts.rows_of_text("Plans\t1\t2\t3\t4"), AREAS)
    assert found.rows == (("Plans", {"north": "1", "central": "2", "south": "3", "boroughwide": "4"}),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("\n \n", "This table is empty."),
        ("Group,East\nPlans,4", "The first row must name the areas: North, Central, South, Not tied to one area."),
        ("Group,North,East\nPlans,4,5", "Column 3 (“East”) is not an area."),
        ("Group,North\nPlans,1,204", "Column 3 has no area in the first row."),
        ("Group,North,north\nPlans,1,2", "The first row names an area twice."),
        ("Plans,4", "The first row must name the areas"),
        ("Group,North\n" + "".join(f"g{n},1\n" for n in range(13)), "This table has 13 groups. At most 12"),
        ("Group,North\n" + "x,1\n" * 1001, "This table is too large"),
        ("," * 61 + "x", "This table is too large"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(text: str, sentence: str) -> None:
    with pytest.raises(TypedError) as refusal:
        headcounts.read_table(headcounts.rows_of_text(text), AREAS)
    assert sentence in str(refusal.value)


@QUICK
@given(st.binary(max_size=300) | st.binary(max_size=300).map(b"PK\x03\x04".__add__) | st.text().map(str.encode))
def test_any_file_is_read_or_refused(data: bytes) -> None:
    with suppress(TypedError):
        headcounts.read_table(headcounts.rows_of_file(data), AREAS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_csv_file_fills_the_grid_and_saves_nothing(lead: StrictClient, encoding: str) -> None:
    content = "Group;North;South\r\nPlans;1,204;7\r\nCafé;5;\r\n"
    page = send(lead, content.encode(encoding))

    assert page.status == 200, page.words
    assert "not saved yet" in page.words
    shown = typed(page)
    assert [shown.get(name) for name in ("group-0", "n-0-north", "n-0-south", "group-1", "n-1-north", "n-1-south")] == [
        *("Plans", "1,204", "7"),
        *("Café", "5", None),
    ]
    assert frames.find_frame("family-1") is None

    assert send(lead, **{name: text for name, text in shown.items() if name[:2] in ("gr", "n-")}).status == 303
    frame = frames.find_frame("family-1")
    assert frame is not None
    assert frame.counts == {("Plans", "north"): 1204, ("Plans", "south"): 7, ("Café", "north"): 5}


def test_an_excel_file_fills_the_grid(lead: StrictClient) -> None:
    rows: list[list[object]] = [["Autumn"], [], ["Group", "North", "South"], ["Plans", 1204, 7.0], ["Café", "5", None]]
    shown = typed(send(lead, book(**{"Empty first": [], "Counts": rows})))
    assert [shown.get(name) for name in ("n-0-north", "n-0-south", "group-1", "n-1-north")] == [
        "1204",
        "7",
        "Café",
        "5",
    ]


def test_a_pasted_table_shows_the_errors_of_each_row_and_keeps_what_was_pasted(lead: StrictClient) -> None:
    table = (
        "Group\tNorth\tSouth\nPlans\tforty\t7\ncafé\t5\t1.5\nCAFÉ\t1\t1\n" + "x" * 81 + "\t1\t1\n\t4\t\nNobody\t\t\n"
    )
    page = send(lead, table=table)

    assert page.status == 422
    assert faults(page) == [
        ("n-0-north", "Plans, North: Enter a whole number from 0 to 1,000,000."),
        ("n-1-south", "café, South: Enter a whole number from 0 to 1,000,000."),
        (
            "group-2",
            "Group 2 and group 3 have the same name, CAFÉ. Change one, or add their numbers in one row.",
        ),
        ("group-3", "Group 4: Shorten this to 80 characters or fewer. It has 81."),
        ("group-4", "Group 5: Enter a name for this group."),
        ("group-5", "Nobody: Enter the number of people in at least one area."),
    ]
    shown = typed(page)
    assert (shown["n-0-north"], shown["n-1-south"], shown["group-3"]) == ("forty", "1.5", "x" * 81)
    assert frames.find_frame("family-1") is None


def test_a_table_with_a_wrong_column_stays_in_its_box_to_be_corrected(lead: StrictClient) -> None:
    page = send(lead, "Group,North,Eest\nPlans,4,5\n".encode("utf-16"))
    assert (page.status, faults(page)[0][0]) == (422, "table")
    assert "Column 3 (“Eest”) is not an area." in faults(page)[0][1]
    assert typed(page)["table"] == "Group\tNorth\tEest\nPlans\t4\t5"
    assert typed(send(lead, table=typed(page)["table"].replace("Eest", "South")))["n-0-south"] == "5"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"definition": "x" * 1001}, "Description: Shorten this to 1,000 characters or fewer. It has 1,001."),
        ({"definition": "a\0b"}, "Description: It contained characters that cannot be shown."),
        ({"group_0": "x" * 81}, "Group 1: Shorten this to 80 characters or fewer. It has 81."),
        ({"group_0": "a\0b"}, "Group 1: It contained characters that cannot be shown."),
        ({"group_1": "PLANS", "n_1_north": "3"}, "Group 1 and group 2 have the same name, PLANS."),
        ({"n_0_north": "", "group_0": ""}, "Enter the number of people for at least one group and area."),
    ],
)
def test_what_cannot_be_stored_is_said_and_kept(lead: StrictClient, fields: dict[str, str], sentence: str) -> None:
    page = send(lead, **{"group_0": "Plans", "n_0_north": "4", **fields})
    assert page.status == 422
    assert sentence in page.words
    for name, text in fields.items():
        assert typed(page).get(name.replace("_", "-"), "") == text.replace("\0", "")
    assert frames.find_frame("family-1") is None


def test_numbers_may_be_typed_as_the_pages_print_them(lead: StrictClient) -> None:
    cells = {"n_0_north": "1,204", "n_0_south": "١٢", "n_0_central": "1 000", "group_0": "  Cafe\u0301\u00a0 "}
    assert send(lead, **cells).status == 303
    frame = frames.find_frame("family-1")
    assert frame is not None
    assert frame.counts == {("Café", "north"): 1204, ("Café", "south"): 12, ("Café", "central"): 1000}


def test_twelve_groups_fit_and_the_grid_has_as_many_rows(lead: StrictClient) -> None:
    cells = {f"{kind}": text for n in range(12) for kind, text in ((f"group_{n}", f"g{n}"), (f"n_{n}_north", "1"))}
    assert send(lead, **cells).status == 303
    assert typed(lead.request("GET", PAGE))["group-11"] == "g9", "sorted by name"


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        (["Café", "Cafe\u0301"], None),
        (["Café", "Cafe\u0301"], "Give each group a name of its own."),
        (["Plans", "plans"], "Give each group a name of its own."),
        (["x" * 81], "Shorten this to 80"),
        ([" "], "Give each group a name of its own."),
        (["\0"], "cannot be shown"),
    ],
)
def test_the_service_holds_the_same_rules(tiny: TinySurvey, groups: list[str], sentence: str | None) -> None:
    places = ("north", "south") if sentence is None else ("north", "north")
    counts = {(group, place): 4 for group, place in zip(groups, places, strict=False)}
    if sentence is None:
        frames.set_frame(tiny.wave, definition="All", counted_on=TODAY, counts=counts)
        return
    with pytest.raises(Refused, match=sentence):
        frames.set_frame(tiny.wave, definition="All", counted_on=TODAY, counts=counts)


def test_a_file_is_asked_for_again_after_signing_in(app: Flask, tiny: TinySurvey, lead: StrictClient) -> None:
    with app.test_request_context(PAGE, method="POST", data={"file": (BytesIO(b"x"), "counts.csv"), "group-0": "A"}):
        from flask import request

        from app.web import kept_forms

        form = kept_forms.take(kept_forms.keep(request), None)  # type: ignore[arg-type]
    assert form is not None
    assert dict(form.fields) == {"group-0": "A", "file": ""}
    token = token_of(lead.request("GET", PAGE))
    page = lead.request("POST", PAGE, [("csrf_token", token), *form.fields, ("n-0-north", "4")])
    assert (page.status, faults(page)[0]) == (422, ("file", "Choose the file again."))
