"""A likely label error, as people see it: what is there, what should be, and why."""

from typing import Literal, get_args

import msgspec

from model_tools.spans import Label, Span

Kind = Literal["missing label", "spurious label", "wrong category", "wrong boundary"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Finding(msgspec.Struct, frozen=True):
    """One suspicion and the correction that would settle it."""

    document: str
    """Its id."""
    score: float
    """Probability, 0 to 1, that something is wrong here; comparable across kinds and documents."""
    label: Label | None
    """What is there; None where a label seems to be missing."""
    proposal: Label | None
    """What should be there instead; None to remove the label."""
    reason: str
    """In one or two sentences."""

    @property
    def kind(self) -> Kind:
        """Which correction is proposed."""
        if self.label is None:
            return "missing label"
        if self.proposal is None:
            return "spurious label"
        same_place = (self.label.start, self.label.end) == (self.proposal.start, self.proposal.end)
        return "wrong category" if same_place else "wrong boundary"

    @property
    def region(self) -> Span:
        """All that the finding is about, in code points."""
        spans = [one for one in (self.label, self.proposal) if one is not None]
        return Span(min(one.start for one in spans), max(one.end for one in spans))
