"""Redact: take out of texts what points to a person, before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from attrs import field, frozen

from cxmetrics.errors import UsageError, did_you_mean
from cxmetrics.records.masking import FINDERS, redacted
from cxmetrics.sources._base import StreamName
from cxmetrics.sources.steps._base import Fields, Step, each_leaf, plain_key


def _known(_: object, __: object, kinds: tuple[str, ...]) -> None:
    for kind in kinds:
        if kind not in FINDERS:
            raise UsageError(f"nothing of kind {kind!r} is redacted; {did_you_mean(kind, FINDERS)}")


@frozen(kw_only=True)
class Redact(Step):
    """Take personal data out of verbatims and dims, by patterns.

    Found are e-mail addresses, phone numbers (French and international), payment cards (with their
    checksum), IBANs (with theirs), addresses of the internet, and names and passwords in URLs. In
    their place stands what it was: `<EMAIL>`, `<PHONE>`, `<CARD>`, `<IBAN>`, `<IP>`, `<USERINFO>`.
    Names of people are not recognised. Invisible characters are taken out, and of a text longer
    than 100,000 characters the rest is cut off.

    In an object that is refused every text is redacted, but under keys that end in "id" only
    e-mail addresses are, so that it can be read again.

    Attributes:
        kinds: what to look for: userinfo, email, iban, card, phone, ip.

    Raises:
        UsageError: a kind is not known.

    Example:
        >>> answer = {"verbatim": "Ma carte 4111 1111 1111 1111 a été refusée"}
        >>> Redact().apply("responses", answer)
        >>> answer["verbatim"]
        'Ma carte <CARD> a été refusée'
    """

    name: ClassVar[str] = "redact"

    kinds: tuple[str, ...] = field(default=tuple(FINDERS), converter=tuple, validator=_known)

    def apply(self, stream: StreamName, fields: Fields) -> None:  # noqa: ARG002
        """Redact the verbatim and the dims."""
        verbatim, dims = fields.get("verbatim"), fields.get("dims")
        if isinstance(verbatim, str):
            fields["verbatim"] = redacted(verbatim, self.kinds)
        if dims and isinstance(dims, Mapping):
            fields["dims"] = {
                name: redacted(value, self.kinds) if isinstance(value, str) else value
                for name, value in dims.items()
            }

    def raw(
        self,
        stream: StreamName,  # noqa: ARG002
        value: Any,
        records: Sequence[Mapping[str, Any]],  # noqa: ARG002
    ) -> Any:
        """Redact every text."""
        in_ids = tuple(kind for kind in self.kinds if kind == "email")

        def change(key: str, leaf: Any) -> Any:
            if not isinstance(leaf, str):
                return leaf
            return redacted(leaf, in_ids if plain_key(key).endswith("id") else self.kinds)

        return each_leaf(value, change)


STEPS = (Redact,)
