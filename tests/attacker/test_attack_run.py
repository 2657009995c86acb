"""``flask attack run`` from its options to its exit status; the attack itself is replaced at the edge of the suite."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app.attacker import here, suite
from app.attacker.finding import Finding
from app.attacker.scene.servers import Missing
from app.attacker.scene.stage import StageError
from app.home import attack_report

HELD = Finding("T4 copies of two nights", "expected share of rows found", 0.053, 0.1, True, 0.2, True)
LOST = Finding("T5 search of every byte", "codes found", 3, 0, False, 9, True)
BLUNT = Finding("T5 search of every byte", "codes found", 0, 0, True, 0, False)
"""An attack that finds nothing of the naive twin either."""


class Edge:
    """What the command asks of the suite, and what it is given back."""

    def __init__(self) -> None:
        self.findings: list[Finding] = [HELD]
        self.fault: Exception | None = None
        self.asked: list[tuple[object, ...]] = []

    @contextmanager
    def grounds(self, folder: Path, is_postgresql: bool) -> Iterator[str]:
        """Stand in for ``suite.grounds``."""
        assert folder.is_dir()
        self.asked.append(("grounds", is_postgresql))
        yield "ground"

    def run(self, ground: str, *, respondents: int, waves: int, seed: int, report: suite.Report) -> list[Finding]:
        """Stand in for ``suite.run``."""
        self.asked.append((ground, respondents, waves, seed))
        report("attacks on stored data ...")
        return self._answer()

    def look(self, report: suite.Report) -> list[Finding]:
        """Stand in for ``here.look_here``."""
        self.asked.append(("here",))
        report("Codes of cards are in x.log: 1.")
        return self._answer()

    def _answer(self) -> list[Finding]:
        if self.fault:
            raise self.fault
        return self.findings


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch) -> Edge:
    """The edge at which the attack is replaced."""
    made = Edge()
    monkeypatch.setattr(suite, "grounds", made.grounds)
    monkeypatch.setattr(suite, "run", made.run)
    monkeypatch.setattr(here, "look_here", made.look)
    return made


@pytest.fixture
def command(app: Flask) -> FlaskCliRunner:
    """The command line of an empty installation."""
    return app.test_cli_runner()


def test_nothing_found_ends_with_0_and_is_kept_for_the_staff_side(edge: Edge, command: FlaskCliRunner) -> None:
    done = command.invoke(args=["attack", "run", "--respondents", "40", "--waves", "2", "--seed", "7"])
    assert (done.exit_code, done.stderr) == (0, "attacks on stored data ...\n")
    assert done.stdout.splitlines()[0].startswith("Attack")
    assert done.stdout.splitlines()[1].startswith("T4 copies of two nights  0.053")
    assert "40 made-up people answered 2 rounds." in done.stdout
    assert edge.asked == [("grounds", False), ("ground", 40, 2, 7)]
    kept = attack_report.load()
    assert kept == attack_report.Report(people=40, waves=2, seed=7, database="sqlite", findings=(HELD,))


@pytest.mark.parametrize("bad", [LOST, BLUNT])
def test_something_found_ends_with_1_and_is_kept_too(edge: Edge, command: FlaskCliRunner, bad: Finding) -> None:
    edge.findings = [HELD, bad]
    done = command.invoke(args=["attack", "run"])
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == (
        "A check failed, or an attack did not work on the naive design. See the table."
    )
    assert bad.name in done.stdout
    kept = attack_report.load()
    assert kept is not None
    assert kept.findings == (HELD, bad)


def test_json_is_all_of_standard_output(edge: Edge, command: FlaskCliRunner) -> None:
    edge.findings = [HELD, LOST]
    done = command.invoke(args=["attack", "run", "--json"])
    assert (done.exit_code, json.loads(done.stdout)) == (1, [asdict(HELD), asdict(LOST)])


def test_a_database_is_chosen_and_named_on_the_page(edge: Edge, command: FlaskCliRunner, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    done = command.invoke(args=["attack", "run", "--database", "postgresql", "--page", str(page)])
    assert done.exit_code == 0
    assert edge.asked[0] == ("grounds", True)
    written = page.read_text(encoding="utf-8")
    assert written.startswith("# Attacked by itself, on PostgreSQL\n")
    assert HELD.metric in written
    assert command.invoke(args=["attack", "run", "--database", "oracle"]).exit_code == 2


@pytest.mark.parametrize(("found", "status"), [([HELD], 0), ([HELD, LOST], 1)])
def test_a_look_here_attacks_nothing_and_leaves_no_report(
    edge: Edge, command: FlaskCliRunner, tmp_path: Path, found: list[Finding], status: int
) -> None:
    edge.findings = found
    done = command.invoke(args=["attack", "run", "--here", "--page", str(tmp_path / "page.md")])
    assert done.exit_code == status
    assert done.stderr.startswith("Codes of cards are in x.log: 1.\n")
    assert done.stdout.endswith(f"{len(found)} checks made; 1 passed.\n")
    assert edge.asked == [("here",)]
    assert attack_report.load() is None
    assert not (tmp_path / "page.md").exists()


@pytest.mark.parametrize("fault", [Missing("initdb is not installed"), StageError("the page did not come")])
def test_an_attack_that_cannot_be_made_is_one_sentence(edge: Edge, command: FlaskCliRunner, fault: Exception) -> None:
    edge.fault = fault
    done = command.invoke(args=["attack", "run"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[1:] == [f"The attack could not be run: {fault}."]
    assert attack_report.load() is None
