"""Steps: what happens to records between a source and the store.

Hand them to a pull, in the order they are to be taken: `store.pull(feed, steps=[Redact()])`. A
record is changed before it is checked and stored, and an object that is refused is changed as well
before it is kept raw, so that what a step takes out is never written. What was stored before a step
was added stays as it is: pull in full then.
"""

from cxmetrics.sources.steps._base import Step
from cxmetrics.sources.steps.deduplicate import Deduplicate
from cxmetrics.sources.steps.drop import Drop
from cxmetrics.sources.steps.label import Label
from cxmetrics.sources.steps.pseudonymise import Pseudonymise
from cxmetrics.sources.steps.redact import Redact

__all__ = ["Deduplicate", "Drop", "Label", "Pseudonymise", "Redact", "Step"]
