"""Made-up actions with their translations, marked as such; they say nothing about a real place."""

import datetime as dt

from app.actions import service
from app.actions.service import ActionEntry
from app.models.staff import StaffUser
from app.staff import accounts
from app.storage import audit, clock

AUTHOR = "demo@example.org"
DONE = {
    "en": (
        "Made-up: it is hard to know who will come to the meeting.",
        "Made-up: every invitation now names the people who will come.",
    ),
    "pl": (
        "Przykład: trudno się dowiedzieć, kto przyjdzie na spotkanie.",
        "Przykład: każde zaproszenie podaje teraz osoby, które przyjdą.",
    ),
    "ur": (
        "فرضی مثال: یہ جاننا مشکل ہے کہ میٹنگ میں کون آئے گا۔",
        "فرضی مثال: اب ہر دعوت نامے میں آنے والے لوگوں کے نام لکھے ہوتے ہیں۔",
    ),
    "ar": (
        "مثال غير حقيقي: يصعب أن نعرف من سيحضر الاجتماع.",
        "مثال غير حقيقي: كل دعوة تذكر الآن أسماء من سيحضرون.",
    ),
    "uk": (
        "Вигаданий приклад: важко дізнатися, хто прийде на зустріч.",
        "Вигаданий приклад: тепер у кожному запрошенні вказано, хто прийде.",
    ),
    "zh-Hant": ("虛構例子：很難知道誰會參加會議。", "虛構例子：現在每份邀請都寫明誰會參加。"),
}
"""What people said and what was done, in each language."""


def load() -> None:
    """Add them, by the demonstration's evaluator: under way, one that will not happen, and the newest, done."""
    author = accounts.get_user(accounts.number_of(AUTHOR))
    today = clock.today()
    with audit.acting(AUTHOR):
        said = "Made-up: recording takes time away from families."
        did = "Made-up: two forms become one. A first team tries it."
        _add(author, said, did, state="under way", audiences=("staff",), due_on=today + dt.timedelta(60))
        said, did = "Made-up: meetings should be on Saturdays.", "Made-up: we asked the schools, and most are closed."
        why = "Made-up: no room is open on Saturdays. Evening meetings are possible."
        _add(author, said, did, state="will not happen", audiences=("school", "family"), why_not=why)
        number = _add(author, *DONE["en"], state="done", audiences=("family", "young"), due_on=today - dt.timedelta(20))
        english = service.english_of(service.get_action(number))
        for language, (said, did) in DONE.items():
            if language != "en":
                service.save_text(number, language, english=english, said=said, did=did, why_not="")


def _add(
    author: StaffUser,
    said: str,
    did: str,
    *,
    state: str,
    audiences: tuple[str, ...],
    due_on: dt.date | None = None,
    why_not: str = "",
) -> int:
    is_judged = state == "done"
    entry = ActionEntry(
        audiences=audiences,
        said=said,
        did=did,
        why_not=why_not,
        owner="Made-up team",
        due_on=due_on,
        state=state,
        wave_id="family-1" if is_judged else None,
        question="fam_team" if is_judged else None,
        quote_id=None,
        theme_id=None,
        is_public=True,
    )
    return service.add(author, entry)
