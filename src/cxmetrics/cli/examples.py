"""What to type for a concept: an example in its help."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cxmetrics.cli.signature import Keyword
    from cxmetrics.concepts import Concept

_WIDE: Final = 72
_CSAT: Final = "csat_anticipation,csat_purchase,csat_delivery,csat_use"

EXAMPLES: Final[Mapping[str, str]] = {
    "advocacy": "survey.csv --acts recommended,wrote --negative warned --by shop",
    "barometer": "wide.csv --criteria buying=csat_anticipation,csat_purchase "
    "--criteria using=csat_delivery,csat_use --scale 1:5 --player region --minimum 1",
    "customer_orientation": "survey.csv --pillars culture=values,room --themes values=q1,q2 "
    "--themes room=q3,q4 --scale 1:5 --by team",
    "cxi": "wide.csv --items csat_purchase,csat_delivery,csat_use --by segment",
    "delivery_gap": "survey.csv --side who --company manager --customers customer --rating q1",
    "emotion_curve": "interactions.csv --rating felt --scale=-5:5 --step stage "
    "--order anticipation,purchase,delivery,use,support --unit customer",
    "emotion_ratio": "interactions.csv --rating felt --scale=-5:5 --by stage --unit customer",
    "five_a": "survey.csv --stages aware=knows --stages appeal=likes --stages ask=asked "
    "--stages act=bought --stages advocate=recommended",
    "good_experience": f"wide.csv --items {_CSAT} --scale 1:5 --at-least 4 --need most",
    "hot_cold": "responses.csv --where question=nps --happened asked_at",
    "index": "wide.csv --items csat_purchase,csat_delivery,csat_use --scale 1:5 "
    "--weights csat_purchase=0.5 --weights csat_delivery=0.3 --weights csat_use=0.2",
    "irritants": "interactions.csv --issue irritant --unit customer --score felt --scale=-5:5 "
    "--spread channel --adjust others --control touchpoint",
    "maturity": "survey.csv --competencies leadership=q1,q2 --competencies employees=q3,q4 "
    "--cutpoints 1.5,2.5,3.2,4,4.6",
    "memory": f"wide.csv --moments {_CSAT} --remembered recommend",
    "mirror": "survey.csv --side who --customer customer --employee manager "
    "--dimensions trust=q1 --dimensions listening=q2",
    "satisfaction_index": "survey.csv --satisfaction q1 --expectancy q2 --ideal q3 --scale 1:5",
    "service_recovery": "interactions.csv --failed failure --rating felt --scale=-5:5 "
    "--metric mean_rating --unit customer",
    "soco": "survey.csv --customer q1,q2 --selling q3,q4 --scale 1:5 --by team",
    "weighted_count": "interactions.csv --category irritant --weights waiting=3 "
    "--weights hidden_fees=2 --weights late_parcel=2 --weights repeat_story=1 "
    "--weights not_ready=1 --weights till_queue=1 --by channel",
    "wow": "wide.csv --rating recommend --scale 0:10 --top 10 --kept 7,8,9 --by persona",
}
"""By name; the files are those of `company().write(folder)`, and a survey of one's own."""


def example(concept: Concept, keywords: Sequence[Keyword]) -> list[str]:
    """Return what to type, on lines that go on with a backslash."""
    told = EXAMPLES.get(concept.name) or " ".join(("FILE", *_needed(keywords)))
    lines = [f"cxmetrics concept {concept.name.replace('_', '-')}"]
    words = shlex.split(told)
    while words:
        takes_a_value = words[0].startswith("--") and "=" not in words[0]
        part = " ".join(words[: 1 + takes_a_value])
        del words[: 1 + takes_a_value]
        if len(lines[-1]) + 1 + len(part) > _WIDE:
            lines[-1] += " \\"
            lines.append(f"  {part}")
        else:
            lines[-1] += f" {part}"
    return lines


def _needed(keywords: Sequence[Keyword]) -> Iterator[str]:
    for keyword in keywords:
        if keyword.required:
            yield f"{keyword.flag} {keyword.metavar or '|'.join(keyword.choices)}"
