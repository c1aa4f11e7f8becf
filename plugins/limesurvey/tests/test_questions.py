"""Scales come from the type of a question and its answer codes, never from the answers."""

from __future__ import annotations

import json

import pytest

from cxmetrics.errors import ConfigError, DriftError
from cxmetrics_limesurvey.questions import codes, parts, ratings, spread

NONE = {"names": {}, "scales": {}, "comments": {}}


def question(qid, code, kind, **more):
    return {"qid": qid, "parent_qid": 0, "title": code, "type": kind, "gid": 1,
            "question_order": qid, **more}  # fmt: skip


def found(questions, details=None, **given):
    return ratings(questions, details or {}, **{**NONE, **given})


def test_codes_from_zero_are_lost_in_a_list_and_are_its_positions(recorded):
    body = json.loads(recorded["get_question_properties"]["body"])["result"]
    assert isinstance(body["answeroptions"], list)
    listed = codes(body["answeroptions"])
    assert [each.code for each in listed] == [str(at) for at in range(11)]
    assert [each.order for each in listed] == list(range(11))
    assert spread(listed).spell() == "0:10"


def test_codes_from_one_are_an_object(recorded):
    body = json.loads(recorded["get_question_properties_codes_1_5"]["body"])["result"]
    assert spread(codes(body["answeroptions"])).spell() == "1:5"


def test_no_codes_are_a_text_and_the_type_tells_the_scale(recorded):
    body = json.loads(recorded["get_question_properties_no_options"]["body"])["result"]
    assert codes(body["answeroptions"]) == []
    assert parts(body["subquestions"]) == []
    (rating,) = found([question(3, "CSAT", "5")], {"3": body})
    assert (rating.key, rating.scale) == ("CSAT", "1:5")


def test_the_recorded_survey(recorded):
    questions = json.loads(recorded["list_questions"]["body"])["result"]
    details = {"1": json.loads(recorded["get_question_properties"]["body"])["result"]}
    nps, csat = found(questions, details)
    assert (nps.key, nps.question, nps.scale, nps.comments) == ("NPS", "nps", "0:10", ("VERB",))
    assert (csat.key, csat.scale, csat.comments) == ("CSAT", "1:5", ())
    # a number input tells no scale: it is read when the user declares one
    three = found(questions, details, scales={"CES": "1:7"})
    assert [(r.question, r.scale) for r in three][2] == ("ces", "1:7")


@pytest.mark.parametrize(
    ("answers", "scale"),
    [
        (["1", "2", "3", "4", "5", "6", "7"], "1:7"),
        (["7", "6", "5", "4", "3", "2", "1"], "1:7"),
        (["0", "25", "50", "75", "100"], "0:100:25"),
        (["-2", "-1", "0", "1", "2"], "-2:2"),
        (["A1", "A2", "A3"], None),
        (["1", "2", "4"], None),
        (["1", "2", "99"], None),
        (["01", "02"], None),
        (["1"], None),
        ([], None),
    ],
)
def test_only_equally_spaced_numbers_are_a_scale(answers, scale):
    listed = codes({code: {"answer": "x", "order": at} for at, code in enumerate(answers)})
    made = spread(listed)
    assert (made.spell() if made else None) == scale


def test_codes_that_are_no_numbers_take_the_points_of_a_declared_scale_in_their_order():
    options = {f"AO0{at}": {"answer": "x", "order": at} for at in (3, 1, 2)}
    questions, details = [question(1, "SAT", "L")], {"1": {"answeroptions": options}}
    assert found(questions, details) == []
    (rating,) = found(questions, details, scales={"SAT": "1:3"})
    assert rating.codes == {"AO01": 1, "AO02": 2, "AO03": 3}
    with pytest.raises(ConfigError, match="5 points, the question 3 answers"):
        found(questions, details, scales={"SAT": "1:5"})


def test_a_declared_scale_may_be_reversed():
    options = {str(at): {"answer": "x", "order": at} for at in range(1, 6)}
    (rating,) = found([question(1, "EFF", "!")], {"1": {"answeroptions": options}},
                      scales={"EFF": "1:5!"})  # fmt: skip
    assert (rating.scale, rating.codes) == ("1:5!", {})


@pytest.mark.parametrize(("kind", "scale"), [("A", "1:5"), ("B", "1:10"), ("F", "1:4")])
def test_each_row_of_an_array_is_a_rating(kind, scale):
    details = {
        "1": {
            "subquestions": {
                "11": {"title": "SQ001", "question": "Price", "scale_id": 0},
                "12": {"title": "SQ002", "question": "Speed", "scale_id": 0},
            },
            "answeroptions": {str(at): {"answer": "x", "order": at} for at in range(1, 5)},
        }
    }
    rows = found([question(1, "SAT", kind)], details)
    assert [(r.key, r.question, r.scale) for r in rows] == [
        ("SAT[SQ001]", "sat_sq001", scale),
        ("SAT[SQ002]", "sat_sq002", scale),
    ]
    named = found([question(1, "SAT", kind)], details, names={"SAT[SQ002]": "speed"})
    assert [(r.key, r.question) for r in named] == [("SAT[SQ002]", "speed")]


def test_a_number_input_between_whole_limits_tells_its_scale():
    limits = {"num_value_int_only": "1", "min_num_value_n": "0", "max_num_value_n": "10"}
    (rating,) = found([question(4, "SCORE", "N")], {"4": {"attributes": limits}})
    assert rating.scale == "0:10"
    loose = {**limits, "num_value_int_only": "0"}
    assert found([question(4, "SCORE", "N")], {"4": {"attributes": loose}}) == []


def test_texts_go_with_the_rating_before_them_unless_told():
    questions = [
        question(1, "INTRO", "S"),
        question(2, "CSAT", "5"),
        question(3, "WHY", "T"),
        question(4, "SAT2", "5"),
        question(5, "MORE", "U"),
    ]
    assert [r.comments for r in found(questions)] == [("INTRO", "WHY"), ("MORE",)]
    told = found(questions, comments={"WHY": "SAT2"})
    assert [r.comments for r in told] == [("INTRO",), ("WHY", "MORE")]


def test_several_short_texts_are_columns():
    details = {"2": {"subquestions": {"21": {"title": "A", "question": "x", "scale_id": 0}}}}
    (rating,) = found([question(1, "CSAT", "5"), question(2, "WHY", "Q")], details)
    assert rating.comments == ("WHY[A]",)


def test_two_questions_of_one_code_are_drift_because_the_export_loses_an_answer():
    with pytest.raises(DriftError, match="two questions have the code 'WHY'") as caught:
        found([question(1, "WHY", "T"), question(2, "WHY", "T")])
    assert caught.value.path == "$[].title"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"names": {"NPX": "nps"}}, "no question 'NPX': it has CSAT, EFFORT, WHY"),
        ({"names": {"EFFORT": "ces"}}, "has no scale that can be known"),
        ({"scales": {"CSAT": "one to five"}}, "scales CSAT"),
        ({"comments": {"WHY": "EFFORT"}}, "no rating that is read"),
    ],
)
def test_what_the_user_names_wrongly_is_said(given, says):
    questions = [question(1, "CSAT", "5"), question(2, "EFFORT", "N"), question(3, "WHY", "T")]
    with pytest.raises(ConfigError, match=says):
        found(questions, **given)


@pytest.mark.parametrize("shape", [7, {"1": "text"}, [["list"]]])
def test_options_of_another_shape_are_drift(shape):
    with pytest.raises(DriftError, match="answer"):
        codes(shape)


def test_subquestions_are_no_questions_of_their_own():
    rows = [question(1, "SAT", "A"), question(11, "SQ001", "T", parent_qid=1)]
    details = {"1": {"subquestions": {"11": {"title": "SQ001", "scale_id": "0"}}}}
    (rating,) = found(rows, details)
    assert (rating.key, rating.comments) == ("SAT[SQ001]", ())
