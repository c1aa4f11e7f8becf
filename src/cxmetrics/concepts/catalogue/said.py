"""Verbatims in the catalogue; they are computed in `cxmetrics.verbatims`."""

from __future__ import annotations

from cxmetrics.concepts._base import Concept, Worked

CONCEPTS = (
    Concept(
        name="themes",
        title="Themes of verbatims and the score",
        french="thèmes des verbatims et leur poids dans le score",
        topic="verbatim",
        call="cxmetrics.verbatims.crossing:impact",
        verb="cxmetrics verbatims FILE --text COL --rating COL",
        unit="that of the metric",
        direction="none",
        scale="a text (English or French) beside a rating",
        formula="score with the theme minus score without; burden = share with it times the loss",
        interval="that of the metric's comparison, Holm over the themes; Wilson for the shares",
        reference="Holm 1979; Newcombe 1998; Lewis & Sauro 2021",
        limits=(
            "A dictionary reads what it knows: label a sample and evaluate it first.",
            "Association, not cause. Who writes a comment is not who does not.",
        ),
        example=Worked(
            code=(
                "answers = {'text': ['I waited forever', 'Great staff'] * 30, 'q': [2, 10] * 30}\n"
                "found = cx.concept('themes')(answers, text='text', rating='q')\n"
                "print({key: one.difference for key, one in found.items() if one.significant})"
            ),
            shows="{'waiting': -200.0, 'staff': 200.0}",
            source="by hand: 30 detractors write of waiting, 30 promoters of the staff",
        ),
    ),
    Concept(
        name="mismatch",
        title="Text and score that contradict each other",
        french="contradiction entre le verbatim et la note",
        topic="verbatim",
        call="cxmetrics.verbatims.contradiction:mismatch",
        verb="cxmetrics verbatims FILE --text COL --rating COL --mismatch",
        unit="percent of answers",
        direction="lower",
        scale="a text (English or French) beside a rating",
        formula="good ratings whose text only complains, bad ones whose text only praises",
        interval="Wilson for the share",
        reference="Wilson 1927",
        limits=(
            "Irony is not read.",
            "A mismatch is a case to look at: a reversed scale, a slip, or mixed feelings.",
        ),
        example=Worked(
            code=(
                "texts = ['I waited forever', 'Great staff', 'Great staff'] * 10\n"
                "answers = {'text': texts, 'q': [2, 10, 1] * 10}\n"
                "print(len(cx.concept('mismatch')(answers, text='text', rating='q')))"
            ),
            shows="10",
            source="by hand: 10 detractors praise the staff",
        ),
    ),
)
