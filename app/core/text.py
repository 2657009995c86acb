"""Text that staff write with a little markup: what may stay in it before it becomes part of a page."""

import bleach
import nh3

TAGS = frozenset({"p", "br", "strong", "em", "ul", "ol", "li", "a", "h2", "h3"})
SCHEMES = ("https:", "mailto:")
LINK_REL = "noopener noreferrer"


def clean_markup(html: str) -> str:
    """Return staff-written HTML with only paragraphs, line breaks, emphasis, lists, two levels of headings and links.

    nh3 goes first, since it is maintained; bleach second, since the owner asked for it. Links keep an address that
    starts with ``https:`` or ``mailto:``, and each gets ``rel="noopener noreferrer"``. Scripts and styles go with their
    content; of any other tag only the text stays. Cleaning twice gives the same as cleaning once.

    Never for answers: a sanitiser reads ``a<b`` as the start of a tag and destroys the words after it. Answers are
    stored as they were typed and escaped when they are shown.

    Args:
        html: a fragment of HTML, of any length; broken markup is mended.
    """
    first = nh3.clean(
        html,
        tags=set(TAGS),
        attributes={"a": {"href"}},
        attribute_filter=lambda tag, name, value: value if _may_stay(tag, name, value) else None,
        url_schemes={scheme.rstrip(":") for scheme in SCHEMES},
        link_rel=LINK_REL,
    )
    cleaned: str = bleach.clean(first, tags=TAGS, attributes={"a": _may_stay}, strip=True)
    return cleaned


def _may_stay(_tag: str, name: str, value: str) -> bool:
    """Tell whether an attribute of a link may stay: its address, and what we set beside it."""
    return value.lower().startswith(SCHEMES) if name == "href" else (name, value) == ("rel", LINK_REL)
