"""The logic model: activities and outcomes, how they lead to each other, and the assumption most at risk.

The portal ships a reconstruction; a file ``logic-model.json`` in PORTAL_HOME replaces it. Questions name the outcomes
that they measure by these codes. Source of the reconstruction: docs/adr/0048.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from app.storage import db
from app.storage.refusals import NotFound

SHIPPED = Path(__file__).with_name("logic_model.json")
OWN_FILE = "logic-model.json"
CODE = re.compile(r"[A-Z][0-9]{1,3}")
FORMAT = 1


@dataclass(frozen=True)
class Outcome:
    """An activity or outcome. ``risk``: why the whole model depends on it. ``caution``: what must not be concluded."""

    code: str
    name: str
    risk: str = ""
    caution: str = ""


@dataclass(frozen=True)
class LogicModel:
    """All outcomes in groups, and chains of steps, each step one or more codes.

    ``about`` says where it comes from, ``fault`` why the installation's own file is not used, if it has one.
    """

    about: str
    groups: tuple[tuple[str, tuple[Outcome, ...]], ...]
    chains: tuple[tuple[tuple[str, ...], ...], ...]
    fault: str = ""

    def __iter__(self) -> Iterator[Outcome]:
        return (outcome for _name, outcomes in self.groups for outcome in outcomes)

    @property
    def at_risk(self) -> list[Outcome]:
        """The assumptions at risk."""
        return [outcome for outcome in self if outcome.risk]

    def get(self, code: str) -> Outcome:
        """Return an outcome by its code, or raise NotFound."""
        found = next((outcome for outcome in self if outcome.code == code), None)
        if found is None:
            raise NotFound("There is no such outcome in the logic model.")
        return found

    def before(self, code: str) -> list[Outcome]:
        """Return the outcomes that lead to one."""
        return self._next_to(code, 1)

    def after(self, code: str) -> list[Outcome]:
        """Return the outcomes that one leads to."""
        return self._next_to(code, -1)

    def _next_to(self, code: str, step: int) -> list[Outcome]:
        pairs = [pair for chain in self.chains for pair in pairwise(chain)]
        sides = [pair[::step] for pair in pairs]
        found = {name for near, far in sides if code in far for name in near}
        return [outcome for outcome in self if outcome.code in found]


def codes_of(tag: str | None) -> tuple[str, ...]:
    """Return the codes in a question's tag: "S5/S9" names two."""
    return tuple(code for code in (tag or "").split("/") if code)


def logic_model() -> LogicModel:
    """Return the installation's own logic model, else the shipped one, with a sentence if its own cannot be read."""
    own = db.rooms().settings.home / OWN_FILE
    fault = ""
    if own.exists():
        try:
            return parse(own.read_text(encoding="utf-8"))
        except ModelError as error:
            fault = str(error)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            fault = f"It is not JSON of format {FORMAT}."
    return replace(parse(SHIPPED.read_text(encoding="utf-8")), fault=fault)


class ModelError(ValueError):
    """A logic model that contradicts itself; the message is one sentence."""


@lru_cache(maxsize=4)
def parse(content: str) -> LogicModel:
    """Return the logic model of a JSON text.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it has another form. ModelError: it contradicts itself.
    """
    spec = json.loads(content)
    groups = tuple((_text(one["name"]), tuple(map(_outcome, one["outcomes"]))) for one in spec["groups"])
    chains = tuple(tuple(tuple(map(_text, step)) for step in chain) for chain in spec["chains"])
    codes = [outcome.code for _name, outcomes in groups for outcome in outcomes]
    unknown = {code for chain in chains for step in chain for code in step} - set(codes)
    if spec["format"] != FORMAT:
        raise ModelError("Its format is another one.")
    if len(set(codes)) < len(codes) or not codes:
        raise ModelError("Each outcome needs a code of its own.")
    if unknown or not all(map(CODE.fullmatch, codes)):
        raise ModelError("Each code is a capital letter and a number, and each code in a chain is an outcome.")
    return LogicModel(_text(spec["about"]), groups, chains)


def _outcome(spec: dict[str, Any]) -> Outcome:
    return Outcome(**{name: _text(value) for name, value in spec.items()})


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ModelError("Each name and code is a text.")
    return value
