"""Parts of a Word document that python-docx has no words for: language, boxes, repeated heads of tables, alt text."""

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LANGUAGE = "en-GB"
FONT, COLOUR, QUIET, TINT, LINE = "Arial", "0B5563", "4D5A60", "E8F2F2", "8A9A9F"
PICTURE_CM = 14.0


@dataclass(frozen=True)
class Table:
    """A table: what it is about, the heads of its columns, its rows of text, and widths and least height in cm."""

    about: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    height: float = 0.0


def set_up(document: Any, *, title: str, author: str, made: dt.datetime) -> None:
    """Set paper, language, fonts, properties and the foot of each page of a new document."""
    from docx.shared import Cm

    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2)
    found = document.core_properties
    found.title, found.author, found.language, found.comments = title, author, LANGUAGE, ""
    found.created = found.modified = made
    _set_styles(document)
    foot = section.footer.paragraphs[0]
    foot.add_run(f"{author} · {title} · Page ")
    _add_field(foot, "PAGE")
    foot.add_run(" of ")
    _add_field(foot, "NUMPAGES")


def _set_styles(document: Any) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    defaults.find(qn("w:lang")).set(qn("w:val"), LANGUAGE)
    document.settings.element.find(qn("w:themeFontLang")).set(qn("w:val"), LANGUAGE)
    box = document.styles.add_style("Box", WD_STYLE_TYPE.PARAGRAPH)
    box.base_style = document.styles["Normal"]
    _add_box(box.element.get_or_add_pPr())
    sizes = {"Normal": 11, "Title": 24, "Subtitle": 12, "Heading 1": 15, "Heading 2": 12, "Caption": 11, "Footer": 9}
    for name, size in sizes.items():
        style = document.styles[name]
        style.font.name, style.font.size, style.font.italic = FONT, Pt(size), False
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for part in [part for part in fonts.attrib if part.endswith("Theme")]:
            del fonts.attrib[part]  # a font of the theme would win
        for part in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(part), FONT)
        if name in ("Title", "Heading 1", "Heading 2"):
            style.font.color.rgb = RGBColor.from_string(COLOUR)
        elif name != "Normal":
            style.font.color.rgb = RGBColor.from_string(QUIET if name != "Caption" else "12272C")
    document.styles["Normal"].paragraph_format.space_after = Pt(5)
    document.styles["Caption"].paragraph_format.keep_with_next = True
    document.styles["Caption"].paragraph_format.space_after = Pt(2)


def _add_box(properties: Any) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    names = nsdecls("w")
    edge = f'<w:left {names} w:val="single" w:sz="24" w:space="8" w:color="{COLOUR}"/>'
    properties.append(parse_xml(f"<w:pBdr {names}>{edge}</w:pBdr>"))
    properties.append(parse_xml(f'<w:shd {names} w:val="clear" w:color="auto" w:fill="{TINT}"/>'))


def _add_field(paragraph: Any, code: str) -> None:
    """Add a number that Word works out itself."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    names = nsdecls("w")
    field = f'<w:fldSimple {names} w:instr="{code}"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    paragraph._p.append(parse_xml(field))


def add_lead(document: Any, text: str) -> None:
    """Add a paragraph that stays on the page of what follows it."""
    document.add_paragraph(text).paragraph_format.keep_with_next = True


def add_picture(document: Any, content: bytes, *, alt: str) -> None:
    """Add a picture with a text for readers who do not see it."""
    from docx.shared import Cm

    shape = document.add_picture(io.BytesIO(content), width=Cm(PICTURE_CM))
    shape._inline.docPr.set("descr", alt)
    document.paragraphs[-1].paragraph_format.keep_with_next = True


def add_table(document: Any, table: Table) -> None:
    """Add a table whose first row is repeated on each page, whose rows are not cut, and that says what it is about."""
    from docx.shared import Cm

    grid = document.add_table(rows=1 + len(table.rows), cols=len(table.columns))
    grid.autofit = False
    _describe(grid, table.about)
    for column, width in zip(grid.columns, table.widths, strict=True):
        column.width = Cm(width)
    for number, (texts, row) in enumerate(zip((table.columns, *table.rows), grid.rows, strict=True)):
        _keep_whole(row, is_head=number == 0)
        if number and table.height:
            row.height = Cm(table.height)
        for cell, text, width in zip(row.cells, texts, table.widths, strict=True):
            cell.width = Cm(width)
            _write(cell, text, is_head=number == 0)
    document.add_paragraph()


def _describe(grid: Any, about: str) -> None:
    from docx.oxml import OxmlElement, parse_xml
    from docx.oxml.ns import nsdecls, qn

    kinds = {"top": 8, "bottom": 8, "insideH": 4}
    edges = "".join(f'<w:{k} w:val="single" w:sz="{size}" w:space="0" w:color="{LINE}"/>' for k, size in kinds.items())
    grid._tbl.tblPr.append(parse_xml(f"<w:tblBorders {nsdecls('w')}>{edges}</w:tblBorders>"))
    caption = OxmlElement("w:tblCaption")
    caption.set(qn("w:val"), about)
    grid._tbl.tblPr.append(caption)


def _keep_whole(row: Any, *, is_head: bool) -> None:
    from docx.oxml import OxmlElement

    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if is_head:
        properties.append(OxmlElement("w:tblHeader"))


def _write(cell: Any, text: str, *, is_head: bool) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(9.5), is_head
    if is_head:
        paragraph.paragraph_format.keep_with_next = True
        cell._tc.get_or_add_tcPr().append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="{TINT}"/>'))
