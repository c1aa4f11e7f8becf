"""Memory: what is left of the moments."""

from __future__ import annotations

from cxmetrics.concepts._base import Concept, Worked

CONCEPTS = (
    Concept(
        name="memory",
        title="Memory: peak, end, mean",
        french="mémoire de l'expérience : pic, fin, moyenne",
        topic="memory",
        call="cxmetrics.journeys.memory:memory",
        unit="points of the remembered score",
        direction="none",
        scale="moments on one scale in the order lived, and a score given afterwards",
        formula="remembered = a + b peak + c end + d mean (+ e recovered), least squares",
        interval="t (robust) or Wald of each effect, bootstrap of its share of the variance",
        reference="Kahneman et al. 1993; Alaybek et al. 2022, OBHDP 170:104149",
        limits=(
            "Peak, end and mean go together: do not replace the mean by the peak-end rule.",
            "Association, not cause; moments that were not rated are not in it.",
        ),
        example=Worked(
            code=(
                "from cxmetrics.datasets import company\n"
                "shop = company(4_000)\n"
                "phases = ['csat_anticipation', 'csat_purchase', 'csat_delivery', 'csat_use']\n"
                "asked = {'moments': phases, 'remembered': 'recommend'}\n"
                "found = cx.concept('memory')(shop.wide(), **asked)\n"
                "print(list(found), all(one.value > 0 for one in found.values()))"
            ),
            shows="['peak', 'end', 'mean'] True",
            source="the made-up company, whose planted weights are .35, .30 and .25",
        ),
    ),
)
