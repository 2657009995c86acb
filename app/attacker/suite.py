"""The whole attack: synthetic people answer waves of our design and of its naive twin; then both are attacked."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from app.attacker.evidence import Evidence, Person, Truth
from app.attacker.finding import Finding, Measured, compare
from app.attacker.scene import history, naive, ours, postgres
from app.attacker.scene.naive import Twin
from app.attacker.scene.ours import SURVEY
from app.attacker.scene.servers import Missing
from app.attacker.scene.stage import Stage, StageError
from app.attacker.scene.visitor import Visitor
from app.attacker.thief import stored_in
from app.attacker.ways import (
    browser,
    crashes,
    doors,
    inbox,
    order,
    published,
    stolen_keys,
    timing,
    traces,
    tripwire,
    written,
)
from app.core import keys
from app.core.codes import make_code

STORED = (*order.ATTACKS, *timing.ATTACKS, *traces.ATTACKS, *stolen_keys.ATTACKS, *inbox.ATTACKS)
BROWSING = len(browser.WAYS)
SPARE, DELETED = 48 + tripwire.PLANTED + BROWSING, 8
WRONG_PIN, TRIES = "1234", 3
Report = Callable[[str], None]
Grounds = tuple[Stage, Callable[[Truth], Twin]]
"""The temporary installation, and what makes its twin from the ground truth."""


@dataclass(frozen=True)
class Scene:
    """A run in progress: our installation with an open wave and spare cards, its twin, and the evidence of both."""

    stage: Stage
    wave: str
    evidence: Evidence
    twin: Twin
    bare: Evidence
    spare: list[Person]

    @property
    def waves(self) -> list[str]:
        """All waves, including the open one."""
        return [*self.evidence.truth.waves, self.wave]

    @property
    def everybody(self) -> list[Person]:
        """All people."""
        return [*self.evidence.truth.people, *self.spare]


@contextmanager
def grounds(folder: Path, is_postgresql: bool = False) -> Iterator[Grounds]:
    """Yield the places of both designs in a folder, on SQLite or each on its own PostgreSQL server.

    Raises:
        Missing: PostgreSQL cannot be started here.
    """
    with ExitStack() as stack:
        if not is_postgresql:
            yield Stage(folder / "ours"), partial(Twin, folder / "twin")
            return
        ours, twins = (stack.enter_context(postgres.serving()) for _design in range(2))
        urls = postgres.new_database(ours.url)
        stage = Stage(folder / "ours", urls.front, urls.counting, urls.owner, server=ours.folder)
        yield stage, partial(Twin, folder / "twin", owner=postgres.new_database(twins.url).owner)


def run(ground: Grounds, *, respondents: int, waves: int, seed: int, report: Report) -> list[Finding]:
    """Attack our design and its twin.

    ``seed`` is that of the order in which people answer; ``report`` is called with progress messages.
    """
    report(f"{respondents} made-up people answer {waves} waves of both designs (seed {seed}) ...")
    stage, make_twin = ground
    people = history.issue(stage, respondents + SPARE)
    with stage.serving():
        lived = history.live(stage, people[:respondents], waves=waves, seed=seed)
        history.leave_waiting(stage, lived, seed)
        evidence = ours.collect(stage, lived)
        twin = make_twin(lived.truth)
        bare = twin.collect(twin.live())
        report("attacks on stored data ...")
        findings = [attack.judge(evidence, bare) for attack in STORED]
        findings += [attack.judge(evidence) for attack in timing.OURS_ONLY]
        missed = Measured(1 - stolen_keys.found_with(evidence, stage.home / "counting" / "keys"))
        control = ("T7 control: the opener's keys", "share of people whose answers are missed")
        findings.append(compare(*control, found=missed))  # the same search must find everybody with these keys
        report("attacks through the front door ...")
        scene = Scene(stage, lived.wave, evidence, twin, bare, people[respondents:])
        findings += [*_through_the_door(scene), *_pins(scene)]
        try:
            findings += browser.attack(stage.base, [person.code for person in scene.spare[-BROWSING:]])
        except Missing as missing:
            report(f"T16, a look into a browser, was not tried: {missing}.")
        secrets = crashes.break_everything(stage, scene.wave, scene.spare[31:48])
        findings += _after_deletion(scene)
        report("attacks on published results ...")
        findings.append(published.attack(stage, lived.truth.waves))
        report("attacks after the keys are destroyed ...")
        findings += [*_after_key_destruction(scene), *_traces_at_the_end(scene, secrets)]
    return sorted(findings, key=lambda finding: int(finding.name.split()[0].lstrip("T")))


def _through_the_door(scene: Scene) -> list[Finding]:
    """Attack the running site in an open wave."""
    stage, used, unused = scene.stage, scene.spare[:15], scene.spare[15:30]
    for person in used:
        Visitor(stage.base, person.address, person.agent).walk(person.code, 0, person.words)
    many, bare_many = doors.one_code_at_once(stage, scene.spare[30]), scene.twin.one_code_at_once()
    codes = [person.code for person in used], [person.code for person in unused]
    told = doors.tell_apart(lambda code: Visitor(stage.base).enter(code), *codes)
    with naive.serving(set(codes[0]), set(codes[1]), scene.twin.home / "site.log") as base:
        bare = doors.tell_apart(lambda code: Visitor(base).request("GET", f"/survey/{code}"), *codes)
    link = ours.link_key(stage)
    linked = doors.one_person_over_waves(
        scene.evidence,
        lambda person: keys.person(link, SURVEY, person.code),
        lambda row: keys.resolve_pseudonym(link, row.values["wave_id"], row.values["person"]),
    )
    return [
        compare("T8 one code at once", "thanks, marks and letters beyond one of each", found=many, naive=bare_many),
        compare("T8 one person over waves", "people not linked exactly once in each wave", found=linked),
        compare("T11 oracle at the code", "marks that tell a used code from an unused one", found=told, naive=bare),
    ]


def _pins(scene: Scene) -> list[Finding]:
    """T7 and T11: some people save their answers; PINs are guessed for their cards and for other cards.

    Drafts are also planted under the cards whose codes an attacker noted before they were given out.
    """
    base, saving, others, noted = scene.stage.base, scene.spare[15:22], scene.spare[22:29], scene.spare[48:-BROWSING]
    for person in saving:
        visitor = Visitor(base, person.address, person.agent)
        visitor.walk_to_check(person.code, 0, person.words)
        visitor.save(crashes.PIN)
    codes = ([person.code for person in some] * TRIES for some in (saving, others))
    guessers = iter(f"127.99.{number}.1" for number in range(256))
    told = doors.tell_apart(lambda code: Visitor(base, next(guessers)).come_back(code, WRONG_PIN), *codes)
    opened = doors.sixth_pin(base, one=saving[0], other=saving[1], pin=crashes.PIN, wrong=WRONG_PIN)
    held = Measured(ours.keys_in_a_backup(scene.stage))
    used, bare_used = tripwire.on_ours(base, noted), tripwire.on_twin(noted)
    metric = "marks that tell a card that was used from others"
    return [
        compare("T7 backups", "keys and half-finished answers in a backup of the databases", found=held),
        compare("T11 oracle at coming back", "marks that tell a saved answer from none", found=told),
        compare("T11 guessing PINs", "saved answers that open after five wrong PINs", found=opened),
        compare("T11 saved drafts as a tripwire", metric, found=used, naive=bare_used),
    ]


def _after_deletion(scene: Scene) -> list[Finding]:
    """T9 and T11: some people delete their answers; then the page is tested as an oracle, and every byte is searched.

    Some of them answered in closed waves, some have waiting letters, one has saved answers that were not sent.

    Raises:
        StageError: there was nothing to delete.
    """
    stage, people = scene.stage, scene.evidence.truth.people
    gone, others = [*people[:DELETED], *scene.spare[:3], scene.spare[17]], people[DELETED:]
    if not ours.rows_of(stage, scene.waves, gone):
        raise StageError("no data of the people who delete was found before the deletion")
    stage.pass_an_hour()
    for person in gone:
        Visitor(stage.base, person.address, person.agent).delete(person.code, crashes.PIN)
    unknown = [make_code() for _person in range(DELETED)]
    known = [person.code for person in others[:DELETED]]
    told = doors.tell_apart(lambda code: Visitor(stage.base).delete(code, crashes.PIN), known, unknown)
    stage.run("letterbox", "open")
    stage.pass_an_hour()
    files, stored = [*stage.files(), *ours.backups(stage)], ours.stored(stage)
    left = Measured(traces.words_left(files, stored, gone))
    bare_left = Measured(traces.words_left(scene.bare.files, stored_in(scene.bare.rows), gone))
    rows = Measured(ours.rows_of(stage, scene.waves, gone))
    lost = Measured(len(others[DELETED:]) - traces.words_left(files, stored, others[DELETED:]))
    return [
        compare("T9 answers taken back", "people whose words are still found", found=left, naive=bare_left),
        compare("T9 rows taken back", "answers, letters and saved drafts that keys still find", found=rows),
        compare("T9 control: nobody else's", "other people whose words are lost", found=lost),
        compare("T11 oracle at deleting", "marks that tell a used code from an unknown one", found=told),
    ]


def _after_key_destruction(scene: Scene) -> list[Finding]:
    """T10: close the wave, destroy all keys, and search for known codes with everything that is left on disk.

    Then repeat the search with all keys, stolen before they were destroyed.
    """
    stage, bare = scene.stage, scene.bare
    stage.run("wave", "close", scene.wave)
    stolen = ours.steal_keys(stage)
    for wave in scene.waves:
        stage.run("keys", "burn-wave", wave, "--yes")
    stage.run("keys", "burn-survey", SURVEY, "--yes")
    stage.pass_an_hour()
    files, stored = [*stage.files(), *ours.backups(stage)], ours.stored(stage)
    truth = replace(scene.evidence.truth, people=scene.everybody)
    found = Measured(stolen_keys.share_found(truth, files, stored, waves=scene.waves))
    bare_found = Measured(stolen_keys.share_found(bare.truth, bare.files, stored_in(bare.rows)))
    left = Measured(len(ours.destroyable(stage.home.rglob("keys/*"))))
    parts = Measured(stolen_keys.bytes_found([path.read_bytes() for path in ours.destroyable(stolen)], files))
    late = Measured(stolen_keys.share_found(truth, stolen, stored, waves=scene.waves))
    metric = "share of people whose code still matches something"
    return [
        compare("T10 after the fire", metric, found=found, naive=bare_found),
        compare("T10 keys left", "key files of waves and surveys", found=left),
        compare("T10 bytes of keys", "burned keys whose bytes are found in a file or in a new backup", found=parts),
        compare("T10 keys stolen before", "share of people who are found with them after the fire", found=late),
    ]


def _traces_at_the_end(scene: Scene, secrets: set[bytes]) -> list[Finding]:
    """T5 and T13: search everything that is left on disk after all attacks and faults.

    ``secrets`` must not be in logs, in addition to data of people: sessions, keys, passwords, stored ids.
    """
    stage = scene.stage
    truth = replace(scene.evidence.truth, people=scene.everybody)
    files, inbox = [*stage.files(), stage.commands_log], ours.inbox(stage)
    last = traces.canaries(replace(scene.evidence, truth=truth, files=files, inbox=inbox))
    found = written.traces_in(stage.logs, scene.everybody, secrets)
    bare_found = written.traces_in([scene.twin.under_faults()], scene.bare.truth.people)
    metric = "codes, addresses, browsers, words, sessions, keys and ids in logs"
    return [
        compare("T5 search at the end", "codes, addresses, browsers and words found", found=last),
        compare("T13 logs under faults", metric, found=found, naive=bare_found),
    ]
