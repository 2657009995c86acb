"""Sentences of a results page about shares and changes, as plain text in the page's language."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.core.results import message
from app.core.results.published import Cell, Moves, Share, share_of
from app.core.results.rounds import Figure
from app.core.results.statistics import whole_percent

SENTENCES = {
    (Share.PERCENTAGE, False): _l("About %(share)s agree."),
    (Share.PEOPLE, False): _l("About %(n)s people agree."),
    (Share.NEARLY_ALL, False): _l("Nearly all agree."),
    (Share.ALMOST_NONE, False): _l("Almost none agree."),
    (Share.PERCENTAGE, True): _l("About %(share)s answered: %(answers)s."),
    (Share.PEOPLE, True): _l("About %(n)s people answered: %(answers)s."),
    (Share.NEARLY_ALL, True): _l("Nearly all answered: %(answers)s."),
    (Share.ALMOST_NONE, True): _l("Almost none answered: %(answers)s."),
}
"""Sentences about positive answers, by how their share is published and whether the answers are named."""


def share(cell: Cell, base: int | None, *, answers: str | None, is_negative: bool) -> str:
    """Return the share of a band in a sentence.

    Args:
        answers: the answers of the band, or None where people agree or disagree.
        is_negative: whether the band is negative; then only a percentage is said.
    """
    kind = share_of(cell, base)
    if is_negative and kind is not Share.PERCENTAGE:
        return ""
    words = {"share": isolated_percent(cell.percent), "n": cell.count, "answers": answers}
    sentence = (
        _l("About %(share)s disagree.") if is_negative and answers is None else SENTENCES[kind, answers is not None]
    )
    return str(sentence % words)


def moves(moved: Moves) -> str:
    """Return how many of the same people moved between bands."""
    ways = {"up": moved.up, "same": moved.same, "down": moved.down}
    words = {way: str(_("about %(n)s", n=n)) if n else str(_("almost none")) for way, n in ways.items()}
    return str(
        _("People who took part in both rounds: %(up)s moved up, %(same)s stayed, %(down)s moved down.", **words)
    )


def isolated_percent(share: int) -> str:
    """Return a whole percentage in plain text, isolated from the direction of the text around it."""
    return f"\u2066{share}%\u2069"


def about(share: int) -> str:
    """Return a whole percentage in plain text, or a word instead of 0% and 100%, which are rounded numbers."""
    none, all_ = _ends()
    return {0: none, 100: all_}.get(share) or isolated_percent(share)


def from_to(figure: Figure) -> str:
    """Return how a share changed, in a sentence."""
    shares = {"then": figure.then.value if figure.then else 0.0, "now": figure.now.value}
    words = {name: about(whole_percent(share)) for name, share in shares.items()}
    words = {name: word if word in _ends() else _("about %(n)s", n=word) for name, word in words.items()}
    return str(_("From %(then)s to %(now)s.", **words))


def _ends() -> tuple[str, str]:
    return str(_("almost none")), str(_("nearly all"))


def changed(figure: Figure, finding: message.Finding) -> str:
    """Return how a question changed, and how many others did."""
    others = finding.risen + finding.fallen - 1
    rest = finding.compared - others - 1
    said = [from_to(figure)]
    if others:
        said.append(ngettext("%(num)s other changed clearly too.", "%(num)s others changed clearly too.", others))
    if rest:
        said.append(
            ngettext("No clear change in the other question.", "No clear change in the other %(num)s questions.", rest)
        )
    return " ".join(said)


def unchanged(compared: int, points: int) -> str:
    """Return that no question changed clearly, and which change (in points) could have been seen."""
    said = ngettext(
        "The one question that both rounds asked shows no clear change.",
        "None of the %(num)s questions that both rounds asked shows a clear change.",
        compared,
    )
    seen = _("Only changes of about %(points)s points or more could be seen.", points=points)
    return f"{said} {seen}"
