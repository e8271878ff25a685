"""What a report says of what happened: hands, reasons, doubts, changes, what is held back."""

import re
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from rig.model.document import Damage, DeviceQuality, Document, Event, Time, to_json
from rig.report.compose import compose
from rig.report.content import Grid, Report
from rig.report.flags import MEANING
from rig.report.items import short_event_name
from rig.report.visit import Told, Visit, parse_zone, read_previous
from rig.report.words import words as voice
from rig.scoring import read_assessment, score
from rig_signal.crossing import Code
from tests.report.visits import FIXTURES, LANGUAGES, PEOPLE, only_document, visit, with_scores, with_trial


def document(person: str) -> Document:
    return msgspec.json.decode((FIXTURES / person / "document.json").read_bytes(), type=Document)


def said(document: Document, language: str = "en", **told: object) -> Report:
    return compose(Visit(document, told=Told(**told)), language)  # type: ignore[arg-type]  # open keywords


def rescored(document: Document, **changes: object) -> Document:
    """A document with other answers, scored again."""
    assessment = document.assessment | changes
    scores = msgspec.to_builtins(score(read_assessment(msgspec.json.encode(assessment))))
    return replace(document, assessment=assessment, scores=scores)


def notes(report: Report, item: int = 0) -> str:
    return " | ".join(note for trial in report.items[item].trials for note in trial.notes)


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_code_of_the_program_stands_in_a_report(person: str, language: str) -> None:
    report = compose(visit(person), language)
    plain = msgspec.to_builtins(report)
    for plot in plain["plots"]:
        plot["svg"] = " ".join(re.findall(r">([^<]+)<", plot["svg"]))
    text = msgspec.json.encode(plain["plots"]).decode() + msgspec.json.encode(plain["items"]).decode()
    assert re.findall(r"\b[a-z]+_[a-z_0-9]+\b", text.replace("by_hand", "")) == []


@pytest.mark.parametrize("person", PEOPLE)
def test_points_total_category_and_programme_are_the_documents(person: str) -> None:
    found = document(person)
    report = said(found)
    sppb = found.scores["sppb"]
    assert [item.outcome for item in report.items[:3]] == [f"{sppb[part]} / 4" for part in ("balance", "gait", "chair")]
    assert report.cards[0].value == f"{sppb['total']} / 12"
    assert (report.cards[1].value, report.cards[3].value) == (found.scores["category"], found.scores["programme"])
    assert report.cards[2].alarming is found.scores["fall_risk"]


@pytest.mark.parametrize("person", PEOPLE)
def test_the_fastest_walk_is_the_one_marked(person: str) -> None:
    walks = said(document(person)).items[1].trials
    times = [float(trial.time.split(" ")[0]) for trial in walks]
    assert [trial.counted for trial in walks].count(True) == 1
    assert times[[trial.counted for trial in walks].index(True)] == min(times)
    assert all(re.fullmatch(r"\d+\.\d\d s ± \d\.\d\d s", trial.time) for trial in walks)


def test_a_borderline_part_says_what_else_it_may_be() -> None:
    found = document("cannot_rise")
    assert "gait" in found.scores["borderline"]
    probability = found.scores["points_probability"]["gait"]["1"]
    item = said(found).items[1]
    assert item.doubts == (f"1 instead: {round(100 * probability)} % probable",)
    assert said(document("robust")).items[1].doubts == ()


def test_what_was_decided_by_hand_is_marked() -> None:
    plain = document("robust")
    assert not any(trial.by_hand for item in said(plain).items for trial in item.trials)
    walk = next(trial for trial in plain.trials if trial.trial == "walk_4m-1")
    no_time = tuple(replace(time, time_us=None, u_us=None, reason="no_crossing_4m") for time in walk.times)
    by_watch = said(with_trial(plain, "walk_4m-1", times=no_time, manual_time_us=3_700_000))
    assert by_watch.items[1].trials[0].by_hand
    assert by_watch.items[1].trials[0].counted
    assert "stopwatch" in notes(by_watch, 1)
    edited = (*walk.events[:-1], replace(walk.events[-1], source="edit"))
    assert "corrected in a review" in notes(said(with_trial(plain, "walk_4m-1", events=edited)), 1)
    by_key = said(with_trial(plain, "tandem-1", quality=("by_operator_key",)))
    assert by_key.items[0].trials[2].by_hand
    assert "key" in notes(by_key, 0)
    cue = (Event("cue", 1, 0, 150_000, "operator"), *(e for e in plain.trials[7].events if e.name != "cue"))
    assert "start signal" in notes(said(with_trial(plain, "chair-1", events=cue)), 2)


def test_a_stopwatch_beside_the_sensors_is_shown_and_not_counted() -> None:
    report = said(with_trial(document("robust"), "walk_4m-2", manual_time_us=3_950_000))
    assert "stopwatch 3.95 s, not counted" in notes(report, 1)
    assert not report.items[1].trials[1].by_hand


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("no_crossing_4m", "not found in the signals"),
        ("no_first_movement", "not found in the signals"),
        ("no_standing_5", "5"),
        ("end_before_start", "before the start"),
        ("implausible", "too short"),
        ("trial_not_ended", "ends inside"),
        ("something_new", "something_new"),
    ],
)
def test_a_missing_time_says_why(reason: str, words: str) -> None:
    missing = with_trial(document("robust"), "chair-1", status="missing", reason=reason, times=())
    assert words in notes(said(missing), 2)


def test_unable_not_attempted_and_void_are_told_apart() -> None:
    report = said(document("cannot_rise"))
    assert [trial.time for trial in report.items[0].trials[1:]] == ["not done", "not done"]
    assert "easier" in notes(report, 0)
    assert "Tried" in notes(report, 2)
    void = said(with_trial(document("robust"), "walk_4m-1", status="aborted", reason="phone rang"))
    assert "phone rang" in notes(void, 1)
    assert not void.items[1].trials[0].counted


def test_every_flag_of_gates_and_every_documented_doubt_has_words() -> None:
    documented = re.findall(
        r"^\| ((?:`[a-z_]+`(?:, )?)+) \|", (FIXTURES.parent / "docs/result-document.md").read_text(), re.MULTILINE
    )
    names = {name for row in documented for name in re.findall(r"`([a-z_]+)`", row)}
    doubts = names - {"schema_version", "participant", "assessment", "scores", "course", "devices", "session"}
    known = set(MEANING)
    assert {code.value for code in Code} <= known
    assert {"no_cue", "no_gates", "hold_disagreement", "recording_damaged"} <= doubts
    assert doubts - known - {"started_utc", "versions"} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_landmark_has_a_short_name_for_the_pictures(language: str) -> None:
    text = (FIXTURES.parent / "docs/landmarks.md").read_text()
    rows = re.findall(r"^\|[^|]+\| `(\w+)`(?:, `(\w+)`)? \|", text, re.MULTILINE)
    names = {name for row in rows for name in row if name} - {"angle_deg"}
    assert {"cue", "first_foot_off", "standing", "hold_end"} <= names
    shown = {name: short_event_name(Event(name, 1, 0, 0, "signal"), voice(language)) for name in names}
    assert [name for name, text in shown.items() if not text or "_" in text] == []


def test_a_flag_carries_its_device_and_is_said_once() -> None:
    flags = ("waist:lost_samples", "waist:link_lost", "gate_2:follower", "signal: bad", "brand_new")
    found = notes(said(with_trial(document("robust"), "tandem-1", quality=flags)), 0)
    assert found.count("lost") == 1
    for words in ("followed", "could not be analysed", "brand_new"):
        assert words in found


def test_contraindications_are_held_apart_from_a_list_nobody_went_through() -> None:
    found = document("pre_frail")
    assert said(found).who[-1].value == "not recorded: ask first"
    assert said(found).next_steps[0] == "Ask for contraindications before any training"
    asked = said(found, contraindications_asked=True)
    assert asked.who[-1].value == "asked, none"
    assert not any("Ask for" in step for step in asked.next_steps)
    barred = said(rescored(found, contraindications=["heart_failure"]))
    assert barred.advice[0].heading == "Contraindications"
    assert "physician" in barred.next_steps[0]
    assert "eart failure" in barred.next_steps[0]
    assert not any("weeks, every day" in step for step in barred.next_steps)
    assert not any("bottle" in line.text for block in barred.advice for line in block.lines)
    fracture = said(rescored(found, contraindications=["recent_fracture"]))
    assert "strength" in fracture.next_steps[0]
    assert any("weeks, every day" in step for step in fracture.next_steps)
    assert not any("bottle" in line.text for block in fracture.advice for line in block.lines)


def test_dates_follow_from_the_sessions_day_in_the_zone() -> None:
    steps = said(document("robust"), contraindications_asked=True).next_steps
    assert steps[1].startswith("2025-04-15")
    assert steps[2].startswith("2025-05-27")
    late = replace(document("robust"), started_utc="2025-03-03T16:30:00+00:00")
    taipei, utc = (compose(only_document(late), "en", parse_zone(zone)) for zone in ("+08:00", "UTC"))
    assert (taipei.day, utc.day) == ((2025, 3, 4), (2025, 3, 3))
    assert "2025-03-04 00:30 (UTC+08:00)" in [fact.value for fact in taipei.who]
    assert "2025-03-03 16:30 (UTC+00:00)" in [fact.value for fact in utc.who]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "+8", "+25:00", "", "../../etc/passwd"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        parse_zone(zone)


def test_the_walking_rule_of_a_and_what_is_unknown() -> None:
    a = said(document("cannot_rise"))
    assert any("walking is added" in line.text for block in a.advice for line in block.lines)
    unknown = said(rescored(document("pre_frail"), tug={"unable": "refused"}, walk_6m={"times_s": [7.0]}))
    assert unknown.cards[3].value == "–"
    assert any("Complete first: Timed Up and Go" in step for step in unknown.next_steps)


def test_a_missing_part_leaves_a_range() -> None:
    found = document("robust")
    assessment = {key: value for key, value in found.assessment.items() if key != "chair"}
    scores = msgspec.to_builtins(score(read_assessment(msgspec.json.encode(assessment))))
    report = said(replace(found, assessment=assessment, scores=scores))
    assert report.cards[0].value == "8–12 / 12"
    assert any("Complete first" in step for step in report.next_steps)


def test_advice_by_severity_of_osteoporosis() -> None:
    texts = {}
    for severity in ("none", "mild_to_moderate", "severe"):
        blocks = said(rescored(document("robust"), osteoporosis=severity)).advice
        texts[severity] = [line.text for line in blocks[-1].lines]
    assert any("60-80 %" in text for text in texts["mild_to_moderate"])
    assert not any("60-80 %" in text for text in texts["severe"] + texts["none"])
    assert any("ow load" in text for text in texts["severe"])


def test_deviations_damage_and_devices_are_in_words() -> None:
    found = with_scores(document("robust"), deviations=["walk_4m:fewer_trials"])
    found = replace(found, damage=(Damage("cut", "segment-0001.mcap: whatever"), Damage("cut", "again")))
    worn = DeviceQuality(
        "waist",
        "movesense",
        "lower_back",
        {"packets": 5, "samples": 990, "lost_samples": 10, "links_lost": 2, "clock_bound_max_us": None},
    )
    report = said(replace(found, devices=(worn, DeviceQuality("gates", "gate-timer", None, {}))))
    assert [warning.split(": ")[0] for warning in report.warnings] == ["4 m walk", "Recording"]
    assert report.devices.rows[0][1] == "1.0 % of the signal lost, connection lost 2 times, clock not known"
    assert report.devices.rows[1][1] == "nothing received"


def earlier(found: Document, **changes: object) -> Visit:
    return only_document(replace(found, started_utc="2024-12-01T01:00:00+00:00", **changes))


def grid_of(report: Report, heading: str) -> Grid:
    return next(grid for grid in report.grids if grid.heading == heading)


def changes(report: Report) -> Grid:
    return grid_of(report, "Change since the last visit")


def test_change_since_the_last_visit() -> None:
    now = document("pre_frail")
    assert [grid.heading for grid in said(now).grids] == ["Reference values", "Gait stability and reaction"]
    before = earlier(replace(document("frail_walker"), participant=now.participant))
    grid = changes(compose(only_document(now), "en", earlier=[before]))
    rows = {row[0]: row for row in grid.rows}
    assert rows["SPPB total"][1:4] == ("5", "9", "+4")
    assert rows["SPPB total"][-1] == "better, beyond measurement noise, large enough to matter"
    assert rows["Timed Up and Go (s)"][3].startswith("−1")
    assert rows["Timed Up and Go (s)"][4:6] == ("2.08 [2]", "2 [4]")
    assert rows["Five chair rises (s)"][4] == "1.32–4.52 [1, 2]"
    assert "[2] TILDA, PMC6858113" in grid.remark
    assert "Walker" in grid.remark
    same = changes(compose(only_document(now), "en", earlier=[earlier(now)]))
    assert {row[-1].split(",")[0] for row in same.rows} == {"within measurement noise"}


def test_a_change_is_since_the_last_visit_and_not_the_first() -> None:
    now = document("pre_frail")
    first = replace(document("frail_walker"), participant=now.participant, started_utc="2024-01-01T01:00:00+00:00")
    last = earlier(replace(document("robust"), participant=now.participant))
    grid = changes(compose(only_document(now), "en", earlier=[only_document(first), last]))
    rows = {row[0]: row for row in grid.rows}
    assert rows["SPPB total"][1:5] == ("5", "12", "9", "−3")
    assert grid.columns[1:4] == ("2024-01-01", "2024-12-01", "This visit")


def test_speed_is_way_over_time_and_so_is_its_change() -> None:
    now, before = document("pre_frail"), document("robust")
    past = earlier(replace(before, participant=now.participant))
    rows = {row[0]: row for row in changes(compose(only_document(now), "en", earlier=[past])).rows}
    there, here = (4 / min(found.assessment["walk_4m"]["times_s"]) for found in (before, now))
    assert rows["Gait speed (m/s)"][1:4] == (f"{there:.2f}", f"{here:.2f}", f"−{there - here:.2f}")


def test_a_poor_measurement_is_noise_in_the_table_too() -> None:
    now = document("pre_frail")
    past = earlier(replace(document("robust"), participant=now.participant))
    (tug,) = [trial for trial in now.trials if trial.test == "tug"]
    poor = with_trial(now, tug.trial, times=tuple(replace(time, u_us=5_000_000) for time in tug.times))
    readings = [
        {row[0]: row[-1] for row in changes(compose(only_document(each), "en", earlier=[past])).rows}
        for each in (now, poor)
    ]
    told = [reading["Timed Up and Go (s)"].split(",")[0] for reading in readings]
    assert told == ["worse", "within measurement noise"]


def test_a_time_taken_otherwise_is_not_compared() -> None:
    now = document("robust")
    trial = next(trial for trial in now.trials if trial.trial == "tug-1")
    gone = tuple(replace(time, time_us=None, u_us=None, reason="no_seated") for time in trial.times)
    before = earlier(with_trial(now, "tug-1", times=gone, manual_time_us=12_000_000))
    rows = {row[0]: row for row in changes(compose(only_document(now), "en", earlier=[before])).rows}
    assert rows["Timed Up and Go (s)"][-1] == "timed differently: cannot be compared"
    assert rows["Five chair rises (s)"][-1] == "within measurement noise"


def test_of_many_earlier_visits_the_last_ones_are_shown() -> None:
    now = document("pre_frail")
    past = [only_document(replace(now, started_utc=f"2024-{month:02}-01T01:00:00+00:00")) for month in range(1, 9)]
    report = compose(only_document(now), "en", earlier=past)
    assert changes(report).columns[1:4] == ("2024-07-01", "2024-08-01", "This visit")
    told = [row[0] for row in grid_of(report, "Gait stability and reaction").rows]
    assert told == ["2024-05-01", "2024-06-01", "2024-07-01", "2024-08-01", "This visit"]


def test_gait_stability_and_reaction_are_the_middle_of_the_trials() -> None:
    now = document("robust")
    found = [m for t in now.trials if t.test in ("walk_4m", "walk_6m") for m in t.measures]
    variability = [m.value for m in found if m.name == "step_time_cv" and m.value is not None]
    reactions = [m.value for m in found if m.name == "reaction" and m.value is not None]
    assert (len(variability), len(reactions)) == (2, 5)
    grid = grid_of(said(now), "Gait stability and reaction")
    row = dict(zip(grid.columns[1:], grid.rows[-1][1:], strict=True))
    assert row["Variability of step time"] == f"{100 * sum(variability) / 2:.1f} %"
    assert row["Reaction, walks"] == f"{sorted(reactions)[2]:.2f} s"
    assert "too few steps" not in notes(said(now), 1)
    without = replace(now, trials=tuple(replace(trial, measures=()) for trial in now.trials))
    assert [grid.heading for grid in said(without).grids] == ["Reference values"]


def test_visits_of_another_person_or_a_later_day_are_refused(tmp_path: Path) -> None:
    now = document("robust")
    with pytest.raises(ValueError, match="is of participant pre_frail"):
        compose(only_document(now), "en", earlier=[only_document(document("pre_frail"))])
    with pytest.raises(ValueError, match="not earlier"):
        compose(only_document(now), "en", earlier=[only_document(now)])
    path = tmp_path / "d.json"
    path.write_bytes(to_json(now))
    assert read_previous(path).document == now
    path.write_text("{}")
    with pytest.raises(ValueError, match="no result document"):
        read_previous(path)


def test_reference_values_follow_age_and_sex() -> None:
    now = document("pre_frail")
    assert any("3.52, 3.65, 3.08" in cell for row in said(now).grids[0].rows for cell in row)
    young = replace(now, participant=replace(now.participant, age_years=45))
    assert [grid.heading for grid in said(young).grids] == ["Gait stability and reaction"]
    unknown = replace(now, participant=replace(now.participant, sex="x"))
    assert not any(row[-1] == "Tromsø" for row in said(unknown).grids[0].rows)


def test_five_sits_are_what_is_held_against_bohannon() -> None:
    now = document("tandem_step_out")
    sits: Time = next(
        time for t in now.trials if t.trial == "chair-1" for time in t.times if time.profile == "five_sits"
    )
    assert sits.time_us is not None
    row = next(row for row in said(now).grids[0].rows if row[-1] == "Bohannon")
    assert row[1] == f"{sits.time_us // 10_000 / 100:.1f} s"
    assert row[3] == "over the limit"
