"""The whole attack: synthetic people answer waves of our design and of its naive twin; then both are attacked."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from app.attacker.evidence import Evidence, Person
from app.attacker.finding import Finding, Measured, compare, judge
from app.attacker.scene import history, naive, ours, postgres
from app.attacker.scene.history import SURVEY
from app.attacker.scene.naive import Twin
from app.attacker.scene.servers import Missing
from app.attacker.scene.stage import Stage, StageError
from app.attacker.scene.visitor import Visitor
from app.attacker.thief import stored_in
from app.attacker.ways import browser, crashes, doors, order, stolen_keys, timing, traces, tripwire, written
from app.core import keys
from app.core.codes import make_code

STORED = (*order.ATTACKS, *timing.ATTACKS, *traces.ATTACKS, *stolen_keys.ATTACKS)
BROWSING = len(browser.WAYS)
SPARE, DELETED = 48 + tripwire.PLANTED + BROWSING, 8
WRONG_PIN, TRIES = "1234", 3
Report = Callable[[str], None]


@dataclass(frozen=True)
class Grounds:
    """The places of the temporary installation and its twin; ``twin_owner`` is the URL of the twin's own PostgreSQL."""

    stage: Stage
    twin_home: Path
    twin_owner: str = ""


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

    @property
    def browsing(self) -> list[Person]:
        """The people who answer in a real browser."""
        return self.spare[-BROWSING:]

    @property
    def noted(self) -> list[Person]:
        """The people whose codes an attacker noted before the cards were given out."""
        return self.spare[48:-BROWSING]


@contextmanager
def grounds(folder: Path, is_postgresql: bool = False) -> Iterator[Grounds]:
    """Yield the places of both designs in a folder, on SQLite or each on its own PostgreSQL server.

    Raises:
        Missing: PostgreSQL cannot be started here.
    """
    with ExitStack() as stack:
        if not is_postgresql:
            yield Grounds(Stage(folder / "ours"), folder / "twin")
            return
        ours, twins = (stack.enter_context(postgres.serving()) for _design in range(2))
        urls = postgres.new_database(ours.url)
        stage = Stage(folder / "ours", urls.front, urls.counting, urls.owner, server=ours.folder)
        yield Grounds(stage, folder / "twin", postgres.new_database(twins.url).owner)


def run(ground: Grounds, *, respondents: int, waves: int, seed: int, report: Report) -> list[Finding]:
    """Attack our design and its twin.

    Args:
        ground: the places of both designs.
        respondents, waves: the numbers of people and of waves.
        seed: seed of the order in which people answer.
        report: called with progress messages.
    """
    report(f"{respondents} made-up people answer {waves} waves of both designs (seed {seed}) ...")
    stage = ground.stage
    people = history.issue(stage, respondents + SPARE)
    answering, spare = people[:respondents], people[respondents:]
    with stage.serving():
        lived = history.live(stage, people=answering, waves=waves, seed=seed, camera=ours.Camera(stage))
        history.leave_waiting(stage, lived, seed=seed, ids=partial(ours.ids_in_front, stage))
        evidence = ours.collect(stage, lived)
        twin = Twin(ground.twin_home, lived.truth, ground.twin_owner)
        bare = twin.collect(twin.live())
        report("attacks on stored data ...")
        findings = [judge(attack, evidence, bare) for attack in STORED]
        findings += [compare(a.name, a.metric, found=a.measure(evidence), naive=None) for a in timing.OURS_ONLY]
        findings.append(_control(evidence))
        report("attacks through the front door ...")
        scene = Scene(stage, lived.wave, evidence, twin, bare, spare)
        findings += [*_through_the_door(scene), *_pins(scene), *_in_a_browser(scene, report)]
        secrets = crashes.break_everything(stage, scene.wave, spare[31:48])
        findings += _after_deletion(scene)
        report("attacks after the keys are destroyed ...")
        findings += [*_after_key_destruction(scene), *_traces_at_the_end(scene, secrets)]
    return sorted(findings, key=lambda finding: _number(finding.name))


def _through_the_door(scene: Scene) -> list[Finding]:
    """Attack the running site in an open wave."""
    stage, used, unused = scene.stage, scene.spare[:15], scene.spare[15:30]
    for person in used:
        Visitor(stage.base, person.address, person.agent).walk(person.code, 0, person.words)
    accepted, bare_accepted = doors.one_code_at_once(stage, scene.spare[30]), scene.twin.one_code_at_once()
    codes = tuple([person.code for person in some] for some in (used, unused))
    oracle = doors.tell_apart(lambda code: Visitor(stage.base).enter(code), *codes)
    with naive.serving(set(codes[0]), set(codes[1]), scene.twin.home / "site.log") as base:
        naive_oracle = doors.tell_apart(lambda code: Visitor(base).request("GET", f"/survey/{code}"), *codes)
    link = (stage.home / "counting" / "keys" / f"{SURVEY}.link").read_bytes()
    linked = doors.one_person_over_waves(
        scene.evidence,
        lambda person: keys.person(link, SURVEY, person.code),
        lambda row: keys.resolve_pseudonym(link, row.values["wave_id"], row.values["person"]),
    )
    return [
        compare(
            "T8 one code at once", "thanks, marks and letters beyond one of each", found=accepted, naive=bare_accepted
        ),
        compare("T8 one person over waves", "people not linked exactly once in each wave", found=linked, naive=None),
        compare(
            "T11 oracle at the code", "marks that tell a used code from an unused one", found=oracle, naive=naive_oracle
        ),
    ]


def _pins(scene: Scene) -> list[Finding]:
    """T7 and T11: some people save their answers; PINs are guessed for their cards and for other cards."""
    base, saving, others = scene.stage.base, scene.spare[15:22], scene.spare[22:29]
    for person in saving:
        visitor = Visitor(base, person.address, person.agent)
        visitor.walk_to_check(person.code, 0, person.words)
        visitor.save(crashes.PIN)
    codes = tuple([person.code for person in some] * TRIES for some in (saving, others))
    guessers = iter(f"127.99.{number}.1" for number in range(256))
    oracle = doors.tell_apart(lambda code: Visitor(base, next(guessers)).come_back(code, WRONG_PIN), *codes)
    opened = doors.sixth_pin(base, one=saving[0], other=saving[1], pin=crashes.PIN, wrong=WRONG_PIN)
    held = Measured(ours.keys_in_a_backup(scene.stage), 0)
    tripped, naive_tripped = tripwire.on_ours(base, scene.noted), tripwire.on_twin(scene.noted)
    return [
        compare("T7 backups", "keys and half-finished answers in a backup of the databases", found=held, naive=None),
        compare("T11 oracle at coming back", "marks that tell a saved answer from none", found=oracle, naive=None),
        compare("T11 guessing PINs", "saved answers that open after five wrong PINs", found=opened, naive=None),
        compare(
            "T11 saved drafts as a tripwire",
            "marks that tell a card that was used from others",
            found=tripped,
            naive=naive_tripped,
        ),
    ]


def _in_a_browser(scene: Scene, report: Report) -> list[Finding]:
    """T16: some people answer in a real browser; if there is none, this is reported as not tried."""
    try:
        return browser.attack(scene.stage.base, [person.code for person in scene.browsing])
    except Missing as missing:
        report(f"T16, a look into a browser, was not tried: {missing}.")
        return []


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
    oracle = doors.tell_apart(lambda code: Visitor(stage.base).delete(code, crashes.PIN), known, unknown)
    stage.run("letterbox", "open")
    stage.pass_an_hour()
    files = [*stage.files(), *ours.backups(stage)]
    left = Measured(traces.words_left(files, ours.stored(stage), gone), 0)
    bare_left = traces.words_left(scene.bare.files, stored_in(traces.values_of(scene.bare)), gone)
    rows = Measured(ours.rows_of(stage, scene.waves, gone), 0)
    kept = traces.words_left(files, ours.stored(stage), others[DELETED:])
    lost = Measured(len(others[DELETED:]) - kept, 0)
    return [
        compare(
            "T9 answers taken back", "people whose words are still found", found=left, naive=Measured(bare_left, 0)
        ),
        compare("T9 rows taken back", "answers, letters and saved drafts that keys still find", found=rows, naive=None),
        compare("T9 control: nobody else's", "other people whose words are lost", found=lost, naive=None),
        compare("T11 oracle at deleting", "marks that tell a used code from an unknown one", found=oracle, naive=None),
    ]


def _after_key_destruction(scene: Scene) -> list[Finding]:
    """T10: close the wave, destroy all keys, and search for known codes with everything that is left on disk.

    Then repeat the search with all keys, stolen before they were destroyed.
    """
    stage, evidence, bare = scene.stage, scene.evidence, scene.bare
    stage.run("wave", "close", scene.wave)
    stolen = ours.steal_keys(stage)
    for wave in scene.waves:
        stage.run("keys", "burn-wave", wave, "--yes")
    stage.run("keys", "burn-survey", SURVEY, "--yes")
    stage.pass_an_hour()
    files, stored = [*stage.files(), *ours.backups(stage)], ours.stored(stage)
    truth = replace(evidence.truth, people=scene.everybody)
    found = Measured(stolen_keys.share_found(truth, files, stored, waves=scene.waves), 0)
    bytes_left = Measured(stolen_keys.bytes_found([p.read_bytes() for p in ours.destroyable(stolen)], files), 0)
    naive_found = Measured(stolen_keys.share_found(bare.truth, bare.files, stored_in(traces.values_of(bare))), 0)
    left = Measured(ours.keys_left(stage), 0)
    later = Measured(stolen_keys.share_found(truth, stolen, stored, waves=scene.waves), 0)
    return [
        compare(
            "T10 after the fire", "share of people whose code still matches something", found=found, naive=naive_found
        ),
        compare("T10 keys left", "key files of waves and surveys", found=left, naive=None),
        compare(
            "T10 bytes of keys",
            "burned keys whose bytes are found in a file or in a new backup",
            found=bytes_left,
            naive=None,
        ),
        compare(
            "T10 keys stolen before", "share of people who are found with them after the fire", found=later, naive=None
        ),
    ]


def _traces_at_the_end(scene: Scene, secrets: set[bytes]) -> list[Finding]:
    """T5 and T13: search everything that is left on disk after all attacks and faults.

    ``secrets`` must not be in logs, in addition to data of people: sessions, keys, passwords, stored ids.
    """
    stage = scene.stage
    truth = replace(scene.evidence.truth, people=scene.everybody)
    last = replace(scene.evidence, truth=truth, files=[*stage.files(), stage.commands_log])
    found = written.traces_in(stage.logs, scene.everybody, secrets)
    naive_found = written.traces_in([scene.twin.under_faults()], scene.bare.truth.people)
    metric = "codes, addresses, browsers and words"
    return [
        compare("T5 search at the end", f"{metric} found", found=traces.canaries(last), naive=None),
        compare(
            "T13 logs under faults",
            "codes, addresses, browsers, words, sessions, keys and ids in logs",
            found=found,
            naive=naive_found,
        ),
    ]


def _control(evidence: Evidence) -> Finding:
    """Control: the same search with the opener's keys must find everybody, or the search does not work."""
    missed = 1 - stolen_keys.found_with(evidence, evidence.key_folders["opener"])
    return compare(
        "T7 control: the opener's keys",
        "share of people whose answers are missed",
        found=Measured(missed, 0),
        naive=None,
    )


def _number(name: str) -> int:
    return int(name.split()[0].lstrip("T"))
