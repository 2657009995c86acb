"""The whole attack: people live through waves of our design and of its naive twin; then both are attacked alike."""

from collections.abc import Callable
from pathlib import Path

from app.core import keys
from app.core.codes import make_code
from app.services.attacks import crashes, doors, history, keyrings, naive, order, ours, timing, traces
from app.services.attacks.evidence import Evidence, Person
from app.services.attacks.finding import Finding, Measured, compare, judge
from app.services.attacks.history import SURVEY
from app.services.attacks.naive import Twin
from app.services.attacks.stage import Stage
from app.services.attacks.thief import stored_in
from app.services.attacks.visitor import Visitor

STORED = (*order.ATTACKS, *timing.ATTACKS, *traces.ATTACKS, *keyrings.ATTACKS)
SPARE, DELETED = 40, 8
GUESSER, WRONG_PIN = "127.99.1.1", "1234"
Report = Callable[[str], None]


def run(stage: Stage, twin_home: Path, respondents: int, waves: int, seed: int, report: Report) -> list[Finding]:
    """Attack our design and its twin.

    Args:
        stage: where our throw-away installation goes.
        twin_home: where the twin goes.
        respondents, waves: how many people answer how many times.
        seed: of the orders in which people answer.
        report: told what is being done.
    """
    report(f"{respondents} made-up people answer {waves} waves of both designs (seed {seed}) ...")
    people = history.issue(stage, respondents + SPARE)
    answering, spare = people[:respondents], people[respondents:]
    with stage.serving():
        lived = history.live(stage, answering, waves, seed, ours.photograph(stage))
        evidence = ours.collect(stage, lived)
        twin = Twin(twin_home, lived.truth, stage.owner)
        twin_evidence = twin.collect(twin.live())
        report("attacks on stored data ...")
        findings = [*(judge(attack, evidence, twin_evidence) for attack in STORED), _control(evidence)]
        report("attacks through the front door ...")
        wave = history.open_wave(stage)
        findings += _through_the_door(stage, wave, twin, twin_evidence, evidence, spare)
        findings += _taken_back(stage, twin_evidence, evidence)
        report("keys are burned, and everything that is left is tried ...")
        findings.append(_after_the_fire(stage, wave, evidence, twin_evidence))
    return sorted(findings, key=lambda finding: _number(finding.name))


def _through_the_door(
    stage: Stage, wave: str, twin: Twin, bare: Evidence, evidence: Evidence, spare: list[Person]
) -> list[Finding]:
    """Attack the running site in an open wave."""
    used, unused, rest = spare[:15], spare[15:30], spare[30:]
    for person in used:
        Visitor(stage.base, person.address, person.agent).walk(person.code, 0, person.words)
    accepted = doors.one_code_at_once(stage.base, rest[0])
    codes = tuple([person.code for person in some] for some in (used, unused))
    oracle = doors.tell_apart(lambda code: Visitor(stage.base).enter(code), *codes)
    with naive.serving(set(codes[0]), set(codes[1]), twin.home / "site.log") as base:
        naive_oracle = doors.tell_apart(lambda code: Visitor(base).request("GET", f"/survey/{code}"), *codes)
    saved = _oracle_of_saved(stage, unused[: len(unused) // 2], unused[len(unused) // 2 :])
    crashes.break_everything(stage, wave, rest[1:])
    told = crashes.traces_in([stage.log, *stage.server_logs], [*evidence.truth.people, *spare])
    naive_told = crashes.traces_in([twin.home / "access.log"], bare.truth.people)
    link = (stage.home / "counting" / "keys" / f"{SURVEY}.link").read_bytes()
    linked = doors.one_person_over_waves(evidence, lambda p: keys.person(link, SURVEY, p.code), "person")
    return [
        compare("T8 one code at once", "answers accepted beyond one", accepted, twin.one_code_at_once()),
        compare("T8 one person over waves", "people not linked exactly once in each wave", linked, None),
        compare("T11 oracle at the code", "marks that tell a used code from an unused one", oracle, naive_oracle),
        compare("T11 oracle at coming back", "marks that tell a saved answer from none", saved, None),
        compare("T13 logs under faults", "codes, addresses, browsers and words in logs", told, naive_told),
    ]


def _oracle_of_saved(stage: Stage, saving: list[Person], others: list[Person]) -> Measured:
    """T11: some people save what they have not sent; then a PIN is guessed for their cards and for others'."""
    for person in saving:
        visitor = Visitor(stage.base, person.address, person.agent)
        visitor.walk_to_check(person.code, 0, person.words)
        visitor.save(crashes.PIN)
    codes = tuple([person.code for person in some] for some in (saving, others[: len(saving)]))
    return doors.tell_apart(lambda code: Visitor(stage.base, GUESSER).come_back(code, WRONG_PIN), *codes)


def _taken_back(stage: Stage, bare: Evidence, evidence: Evidence) -> list[Finding]:
    """T9 and T11: some people delete their answers; then the page is asked about codes, and every byte searched."""
    gone, others = evidence.truth.people[:DELETED], evidence.truth.people[DELETED:]
    for person in gone:
        Visitor(stage.base, person.address, person.agent).delete(person.code)
    unknown = [make_code() for _person in gone]
    oracle = doors.tell_apart(
        lambda code: Visitor(stage.base).delete(code), [p.code for p in others[:DELETED]], unknown
    )
    stage.run("letterbox", "open")
    files = [*history.files_of(stage.home), *stage.server_logs, *ours.backups(stage)]
    left = traces.words_left(files, ours.stored(stage), gone)
    kept = traces.words_left(files, ours.stored(stage), others[DELETED:])
    bare_left = traces.words_left(bare.files, stored_in(traces.values_of(bare)), gone)
    lost = len(others[DELETED:]) - kept
    return [
        compare(
            "T9 answers taken back", "people whose words are still found", Measured(left, 0), Measured(bare_left, 0)
        ),
        compare("T9 control: nobody else's", "other people whose words are lost", Measured(lost, 0), None),
        compare("T11 oracle at deleting", "marks that tell a used code from an unknown one", oracle, None),
    ]


def _after_the_fire(stage: Stage, wave: str, evidence: Evidence, bare: Evidence) -> Finding:
    """T10: end everything, burn all keys, and look for known codes with whatever is left on disk."""
    stage.run("wave", "close", wave)
    for one in (*evidence.truth.waves, wave):
        stage.run("keys", "burn-wave", one, "--yes")
    stage.run("keys", "burn-survey", SURVEY, "--yes")
    files = [*history.files_of(stage.home), *ours.backups(stage)]
    found = keyrings.share_found(evidence.truth, files, ours.stored(stage))
    naive_left = stored_in(traces.values_of(bare))
    naive_found = keyrings.share_found(bare.truth, bare.files, naive_left)
    name, metric = "T10 after the fire", "share of people whose code still matches something"
    return compare(name, metric, Measured(found, 0), Measured(naive_found, 0))


def _control(evidence: Evidence) -> Finding:
    """The same search with the opener's keys has to find everybody: else it would prove nothing that others do not."""
    missed = 1 - keyrings.found_with(evidence, evidence.key_folders["opener"])
    return compare(
        "T7 control: the opener's keys", "share of people whose answers are missed", Measured(missed, 0), None
    )


def _number(name: str) -> int:
    return int(name.split()[0].lstrip("T"))
