"""The geometry of an embedding, label-free unless a function asks for labels: one front door."""

from emargin_core.evaluation.spectrum import effective_rank, singular_values
from emargin_core.evaluation.sphere import alignment, uniformity

__all__ = ["alignment", "effective_rank", "singular_values", "uniformity"]
