"""Sanitises HTML written by staff before it is included in a page."""

import bleach
import nh3

TAGS = frozenset({"p", "br", "strong", "em", "ul", "ol", "li", "a", "h2", "h3"})
SCHEMES = ("https:", "mailto:")
LINK_REL = "noopener noreferrer"


def clean_markup(html: str) -> str:
    """Return staff-written HTML with only paragraphs, line breaks, emphasis, lists, two levels of headings and links.

    nh3 runs first, because it is maintained; bleach second, because the owner asked for it. Links keep an address that
    starts with ``https:`` or ``mailto:``, and each gets ``rel="noopener noreferrer"``. Scripts and styles are removed
    with their content; any other tag is replaced by its text. The function is idempotent.

    Not for answers: a sanitiser reads ``a<b`` as the start of a tag and removes the words after it. Answers are stored
    as typed and escaped when they are displayed.

    Args:
        html: a fragment of HTML, of any length; invalid markup is corrected.
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
    """Return whether an attribute of a link is allowed: its address, and the ``rel`` that we set."""
    return value.lower().startswith(SCHEMES) if name == "href" else (name, value) == ("rel", LINK_REL)
