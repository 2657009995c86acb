"""Small questionnaires and the property-test settings that several tests share."""

import copy
import json
from typing import Any

from hypothesis import settings

from app.core.documents import load
from app.core.questionnaires import Questionnaire

#: For property tests: no deadline (a slow machine is no fault), and few enough examples to stay quick.
QUICK = settings(deadline=None, max_examples=100)

_ENGLISH = {
    "title": "Tell us how it went",
    "purpose": "Your answers help us do better.",
    "page.views": "What you think",
    "heard": "The people who help us listen to us.",
    "heard.easy": "They listen to us.",
    "role": "Who are you?",
    "role.parent": "A parent",
    "role.carer": "A carer",
    "words": "What should we do better?",
    "words.hint": "Please write no names.",
    "agree5.5": "Agree a lot",
    "agree5.4": "Agree a little",
    "agree5.3": "Neither",
    "agree5.2": "Disagree a little",
    "agree5.1": "Disagree a lot",
    "agree5.na": "Does not apply",
}
_URDU = {
    "title": "ہمیں بتائیں کہ کیسا رہا",
    "purpose": "آپ کے جوابات بہتری میں مدد دیتے ہیں۔",
    "page.views": "آپ کیا سوچتے ہیں",
    "heard": "جو لوگ ہماری مدد کرتے ہیں وہ ہماری بات سنتے ہیں۔",
    "role": "آپ کون ہیں؟",
    "role.parent": "والد یا والدہ",
    "role.carer": "دیکھ بھال کرنے والا",
    "words": "ہمیں کیا بہتر کرنا چاہیے؟",
    "words.hint": "براہ کرم نام نہ لکھیں۔",
    "agree5.5": "بہت متفق",
    "agree5.4": "کچھ متفق",
    "agree5.3": "نہ متفق نہ غیر متفق",
    "agree5.2": "کچھ غیر متفق",
    "agree5.1": "بہت غیر متفق",
    "agree5.na": "لاگو نہیں",
}
_DOCUMENT: dict[str, Any] = {
    "format": 1,
    "survey": "family",
    "version": "1",
    "minutes": 2,
    "questions": {
        "heard": {"kind": "agree5", "outcome": "S1"},
        "role": {"kind": "single", "about": True, "options": [{"code": "parent"}, {"code": "carer"}]},
        "words": {"kind": "text", "max_length": 200},
    },
    "pages": [{"name": "views", "questions": ["heard", "role"]}, {"name": "words", "questions": ["words"]}],
    "texts": {"en": _ENGLISH, "ur": _URDU},
}


def tiny_document(**changes: Any) -> dict[str, Any]:
    """Return a faultless document of three questions in English and Urdu; each change replaces a top-level part."""
    return copy.deepcopy({**_DOCUMENT, **changes})


def tiny_questionnaire(**changes: Any) -> Questionnaire:
    """Return :func:`tiny_document` loaded; raises DocumentError when the changes make it faulty."""
    return load(json.dumps(tiny_document(**changes)), "tiny.json")
