"""What is refused, what is taken, and that the reason is one line (rules section 7)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.scoring import Assessment, AssessmentError, Stances, Timing, read_assessment
from tests.scoring import edges
from tests.scoring.helpers import number, scored_text, to_json

REFUSED: tuple[tuple[str, str], ...] = (
    ("", "not JSON"),
    ("{", "not JSON"),
    ('{"id": "a"} {"id": "b"}', "not JSON"),
    ("{'id': 'a'}", "not JSON"),
    ('{"id": "a",}', "not JSON"),
    ('{"id": "a\nb"}', "not JSON"),
    ("[]", "JSON object"),
    ("null", "JSON object"),
    ("3", "JSON object"),
    ("{}", "empty object"),
    ('{"nme": "a"}', "unknown field `nme`"),
    ('{"chair": {"time": 13}}', "chair: Object contains unknown field `time`"),
    ('{"stances": {"side": 3}}', "stances: "),
    ('{"chair": {"unable": "refused", "why": "x"}}', "chair: "),
    ('{"deviations": []}', "unknown field"),
    ('{"id": "a", "id": "b"}', 'duplicate key "id"'),
    ('{"chair": {"time_s": 13, "time_s": 13}}', 'duplicate key "time_s"'),
    ('{"stances": {"tandem": {"unable": "other", "unable": "other"}}}', 'duplicate key "unable"'),
    ('{"tug": {"time_s": 13, "\\u0074ime_s": 14}}', 'duplicate key "time_s"'),
    ('{"id": null}', "id: "),
    ('{"id": 7}', "id: "),
    ('{"id": "\\ud800"}', "surrogate"),
    ('{"\\udfff": 1}', "surrogate"),
    ('{"rules": "guralnik"}', "rules: "),
    ('{"rules": null}', "rules: "),
    ('{"rules": ["nia"]}', "rules: "),
    ('{"chair": null}', "chair: "),
    ('{"chair": 13}', "chair: "),
    ('{"chair": {}}', "chair: "),
    ('{"chair": []}', "chair: "),
    ('{"chair": {"u_s": 0.1}}', "chair: "),
    ('{"chair": {"time_s": "13"}}', "chair.time_s: "),
    ('{"chair": {"time_s": true}}', "chair.time_s: "),
    ('{"chair": {"time_s": null}}', "chair.time_s: "),
    ('{"chair": {"time_s": [13]}}', "chair.time_s: "),
    ('{"chair": {"times_s": [13]}}', "chair: "),
    ('{"chair": {"unable": "tired"}}', "chair.unable: "),
    ('{"chair": {"unable": null}}', "chair.unable: "),
    ('{"chair": {"unable": true}}', "chair.unable: "),
    ('{"chair": {"unable": "refused", "time_s": 13}}', "chair: `unable` stands alone"),
    ('{"chair": {"unable": "refused", "u_s": 0.1}}', "chair: `unable` stands alone"),
    ('{"walk_4m": {"unable": "refused", "times_s": [5]}}', "walk_4m: `unable` stands alone"),
    ('{"walk_4m": {"times_s": []}}', "walk_4m.times_s: empty"),
    ('{"walk_6m": {"times_s": []}}', "walk_6m.times_s: empty"),
    ('{"walk_4m": {"times_s": 5}}', "walk_4m.times_s: "),
    ('{"walk_4m": {"times_s": {"0": 5}}}', "walk_4m.times_s: "),
    ('{"walk_4m": {"times_s": [5, null]}}', "walk_4m.times_s[1]: "),
    ('{"walk_4m": {"times_s": [5, 5, 5, 0.1]}}', "walk_4m.times_s[3]: "),
    ('{"walk_4m": {"times_s": [5], "u_s": -0.1}}', "walk_4m.u_s: "),
    ('{"walk_4m": {"times_s": [5], "u_s": "0.1"}}', "walk_4m.u_s: "),
    ('{"walk_4m": {"times_s": [5], "u_s": null}}', "walk_4m.u_s: "),
    ('{"stances": {}}', "stances: "),
    ('{"stances": {"u_s": 0.1}}', "stances: "),
    ('{"stances": {"tandem": {}}}', "stances.tandem: "),
    ('{"stances": {"tandem": {"time_s": 3}}}', "stances.tandem: "),
    ('{"stances": {"tandem": "3"}}', "stances.tandem: "),
    ('{"stances": {"tandem": false}}', "stances.tandem: "),
    ('{"stances": {"tandem": null}}', "stances.tandem: "),
    ('{"stances": {"unable": "other", "tandem": 3}}', "stances: `unable` stands alone"),
    ('{"stances": {"tandem": 10.01}}', "stances.tandem: over 10 s"),
    ('{"stances": {"side_by_side": 10.0000000000000000000000000000000000001}}', "stances.side_by_side: over 10 s"),
    ('{"stances": {"tandem": -1}}', "stances.tandem: negative"),
    ('{"stances": {"tandem": -0.0000000000000000000000000000000000001}}', "stances.tandem: negative"),
    ('{"tug": {"time_s": -14}}', "tug.time_s: negative"),
    ('{"tug": {"time_s": NaN}}', "NaN"),
    ('{"tug": {"time_s": Infinity}}', "Infinity"),
    ('{"tug": {"time_s": -Infinity}}', "Infinity"),
    ('{"tug": {"time_s": 1e400}}', "out of range"),
    ('{"tug": {"time_s": -1e400}}', "out of range"),
    ('{"tug": {"time_s": 1e99999999999999999999999}}', "out of range"),
    (f'{{"tug": {{"time_s": {"9" * 6000}}}}}', "out of range"),
    ('{"tug": {"time_s": 0x10}}', "not JSON"),
    ('{"tug": {"time_s": .5}}', "not JSON"),
    ('{"tug": {"time_s": 014}}', "not JSON"),
    ('{"tug": {"time_s": +14}}', "not JSON"),
    ('{"falls_last_year": 1.5}', "falls_last_year: not a whole number"),
    ('{"falls_last_year": -1}', "falls_last_year: negative"),
    ('{"falls_last_year": "1"}', "falls_last_year: "),
    ('{"falls_last_year": true}', "falls_last_year: "),
    ('{"falls_last_year": null}', "falls_last_year: "),
    ('{"falls_last_year": 0, "fall_needed_care": true}', "fall_needed_care: "),
    ('{"fall_needed_care": 1}', "fall_needed_care: "),
    ('{"fall_needed_care": "true"}', "fall_needed_care: "),
    ('{"cognitive_impairment": 0}', "cognitive_impairment: "),
    ('{"cognitive_impairment": null}', "cognitive_impairment: "),
    ('{"age_years": "80"}', "age_years: "),
    ('{"age_years": -1}', "age_years: "),
    ('{"age_years": 1948}', "age_years: "),
    ('{"contraindications": "other"}', "contraindications: "),
    ('{"contraindications": ["cold"]}', "contraindications[0]: "),
    ('{"contraindications": [null]}', "contraindications[0]: "),
    ('{"contraindications": null}', "contraindications: "),
    ('{"osteoporosis": "bad"}', "osteoporosis: "),
    ('{"osteoporosis": null}', "osteoporosis: "),
    ("[" * 100_000, "nested too deeply"),
    ('{"a":' * 100_000, "nested too deeply"),
)


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[text[:50] for text, _ in REFUSED])
def test_refused(text: str, reason: str) -> None:
    for data in (text, text.encode(errors="surrogatepass")):
        with pytest.raises(AssessmentError) as caught:
            read_assessment(data)
        assert reason in str(caught.value)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    "data",
    [b"\xff", b'{"id": "\xc3"}', b'{"id": "\xed\xa0\x80"}', '{"id": "a"}'.encode("utf-16")],
)
def test_text_that_is_not_utf_8_is_refused(data: bytes) -> None:
    with pytest.raises(AssessmentError, match="not UTF-8 at byte"):
        read_assessment(data)


@pytest.mark.parametrize(("part", "refused", "taken"), edges.PLAUSIBLE)
def test_implausible_times_are_refused_on_the_number_as_written(part: str, refused: str, taken: str) -> None:
    def document(time: str) -> str:
        content: dict[str, Any] = {"times_s": [number(time)]} if part.startswith("walk") else {"time_s": number(time)}
        return to_json({part: content})

    read_assessment(document(taken))
    for time in (refused, f"{refused}99999999999999999999999999999999999999999", "0", "-0"):
        with pytest.raises(AssessmentError, match="not plausible"):
            read_assessment(document(time))


@pytest.mark.parametrize(
    "text",
    [
        '\ufeff{"id": "a"}',
        ' \t\r\n{"id": "a"}\r\n ',
        '{"falls_last_year": 1.0}',
        '{"falls_last_year": 1e0}',
        '{"falls_last_year": 0e999999999}',
        '{"stances": {"tandem": -0}}',
        '{"stances": {"tandem": -0.0}}',
        '{"stances": {"tandem": 0e-999999999}}',
        '{"stances": {"tandem": 1e-999999999}}',
        '{"stances": {"tandem": 1.00E+1}}',
        '{"chair": {"time_s": 1.3e1, "u_s": 0}}',
        '{"contraindications": []}',
        '{"age_years": 79.5}',
        '{"id": "\\ud83d\\ude00"}',
    ],
)
def test_taken(text: str) -> None:
    read_assessment(text)
    read_assessment(text.encode())


def test_digits_beyond_any_precision_are_read_exactly() -> None:
    text = to_json({"walk_4m": {"times_s": [number("4.81" + "9" * 200)]}})
    assert scored_text(text)["sppb"]["gait"] == 4
    assert read_assessment(text).walk_4m == (Timing(4_819_999),)


@pytest.mark.parametrize(
    ("text", "line"),
    [('{"id": "a",\n "chair": {,}}', 2), ('{"id": "a",\n "chair": {}}', 1), ("\n\n{\r\n \n", 3)],
)
def test_line_of_a_fault(text: str, line: int) -> None:
    with pytest.raises(AssessmentError) as caught:
        read_assessment(text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    "parts",
    [
        {"stances": Stances(tandem=Timing(10_000_001))},
        {"stances": Stances(tandem=Timing(-1))},
        {"walk_4m": (Timing(799_999),)},
        {"walk_4m": ()},
        {"chair": Timing(2_499_999)},
        {"tug": Timing(14_000_000, -1)},
        {"falls_last_year": -1},
        {"falls_last_year": 0, "fall_needed_care": True},
        {"age_years": 151},
    ],
)
def test_an_assessment_made_in_python_is_checked_too(parts: dict[str, Any]) -> None:
    with pytest.raises(AssessmentError):
        Assessment(**parts)


def reason_of(text: str | bytes) -> str:
    """Why a text is refused; empty where it is read."""
    try:
        read_assessment(text)
    except AssessmentError as error:
        return str(error)
    return ""


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_in_one_line(data: bytes) -> None:
    assert reason_of(data).isprintable()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["time_s", "times_s", "u_s", "unable", "tandem", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = ("id", "stances", "walk_4m", "chair", "falls_last_year", "age_years", "contraindications", "osteoporosis")


@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4))
def test_any_json_is_read_or_refused_in_one_line(document: dict[str, Any]) -> None:
    assert reason_of(to_json(document)).isprintable()
