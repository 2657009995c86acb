"""What every HTML page of the portal keeps to, as checkers that return the faults of a page.

Used by the strict client on every answer, and tried out on planted faults in ``test_strictness``.
"""

from collections import Counter
from collections.abc import Iterator

import html5lib
from html5lib.html5parser import ParseError

URL_ATTRIBUTES = ("href", "src", "action", "formaction", "srcset", "poster", "data", "background", "cite")
ID_LISTS = ("for", "form", "aria-describedby", "aria-labelledby", "aria-controls", "headers", "list")
TYPED = ("input", "textarea", "select")


def page_faults(html: str) -> list[str]:
    """Return everything that is wrong with a page."""
    return read_page(html)[1]


def read_page(html: str):
    """Return a page parsed, and everything that is wrong with it; what is no valid HTML is not parsed."""
    try:
        tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    except ParseError as error:
        return None, [f"not valid HTML: {error!r}"]
    return tree, [fault for check in CHECKS for fault in check(tree)]


def frame_faults(tree) -> Iterator[str]:
    """Name what a page lacks as a whole: language, direction, title, one heading, one main part."""
    html = next(tree.iter("html"), tree)
    for name in ("lang", "dir"):
        if not html.get(name):
            yield f"html has no {name}"
    titles = [(title.text or "").strip() for title in tree.iter("title")]
    if len(titles) < 1 or not titles[0]:
        yield "no title"
    for name in ("h1", "main"):
        if (count := len(list(tree.iter(name)))) != 1:
            yield f"{count} elements {name}"


def id_faults(tree) -> Iterator[str]:
    """Name ids that are there twice, and references to ids that are not there."""
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    yield from (f"id {name} is there {count} times" for name, count in ids.items() if count > 1)
    for element in tree.iter():
        named = [(key, name) for key in ID_LISTS for name in (element.get(key) or "").split()]
        if (element.get("href") or "").startswith("#"):
            named.append(("href", element.get("href")[1:]))
        yield from (f"{element.tag} {key}={name} points nowhere" for key, name in named if name not in ids)


def label_faults(tree) -> Iterator[str]:
    """Name controls without a label, and groups without a legend."""
    labelled = {label.get("for") for label in tree.iter("label") if "".join(label.itertext()).strip()}
    for control in (element for name in TYPED for element in tree.iter(name)):
        if control.get("type") != "hidden" and control.get("id") not in labelled:
            yield f"{control.tag} {control.get('name')} has no label"
    for group in tree.iter("fieldset"):
        if not any(child.tag == "legend" and "".join(child.itertext()).strip() for child in group):
            yield f"fieldset {group.get('data-question')} has no legend"


def inline_faults(tree) -> Iterator[str]:
    """Name scripts and styles that stand in the page itself."""
    yield from ("a style element" for _style in tree.iter("style"))
    for script in tree.iter("script"):
        if not script.get("src") or (script.text or "").strip():
            yield "a script in the page"
    for element in tree.iter():
        for name in element.keys():  # noqa: SIM118 (an element tree node is no dict)
            if name == "style" or (isinstance(name, str) and name.startswith("on")):
                yield f"{element.tag} has an attribute {name}"


def address_faults(tree) -> Iterator[str]:
    """Name addresses that leave the site, but for phone numbers and messages that name no receiver."""
    for element in tree.iter():
        for name in URL_ATTRIBUTES:
            value = element.get(name)
            is_own = value is None or (value.startswith("/") and not value.startswith(("//", "/\\")))
            if not is_own and not value.startswith(("#", "tel:", "?", "sms:?", "mailto:?")):
                yield f"{element.tag} {name}={value} leaves the site"


def form_faults(tree) -> Iterator[str]:
    """Name what is wrong with the respondent's form: one, posted, with its token, and Enter presses Continue."""
    forms = [form for form in tree.iter("form") if form.get("id") == "main-form"]
    if not forms:
        return
    if len(list(tree.iter("form"))) != 1:
        yield "more than one form"
    if forms[0].get("method") != "post":
        yield "the form is not posted"
    if not any(field.get("name") == "csrf_token" and field.get("value") for field in forms[0].iter("input")):
        yield "the form has no token"
    inside = set(forms[0].iter("button"))
    buttons = [b for b in tree.iter("button") if b in inside or b.get("form") == "main-form"]
    if (
        not buttons
        or buttons[0] not in inside
        or buttons[0].get("value")
        or buttons[0].get("type", "submit") != "submit"
    ):
        yield "the first button of the form is not the plain one"


CHECKS = (frame_faults, id_faults, label_faults, inline_faults, address_faults, form_faults)
