"""The catalogue of training methods, in words: what each is called and which settings it reads.

Kept free of torch so that the page, the command line's help and the configuration can read it
at once; `emargin_core.losses.build_loss` turns a name into the loss itself.
"""

from dataclasses import dataclass

from emargin_core.language import mark

SETTINGS = ("threshold", "scale", "temperature", "double")


@dataclass(frozen=True)
class Method:
    """One way to train the encoder; title and summary are said where they are shown."""

    name: str
    title: str
    summary: str
    settings: frozenset[str]
    trains: bool = True
    reads_labels: bool = False
    tolerates_non_finite: bool = False


def _method(name: str, title: str, summary: str, settings: str = "", **traits: bool) -> Method:
    return Method(name, title, summary, frozenset(settings.split()), **traits)


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        _method(
            "infonce",
            mark("InfoNCE, no margin"),
            mark("Neighbouring frames attract, all other frames repel (CaTT / NT-pair)."),
            "temperature double",
        ),
        _method(
            "emargin",
            mark("eMargin, adaptive margin"),
            mark(
                "A margin, switched on where a frame is unlike its successor, shapes the non-pairs."
            ),
            "threshold scale temperature",
        ),
        _method(
            "fixed-margin",
            mark("Fixed margin"),
            mark("The same margin for every frame, whether or not it is a transition."),
            "scale temperature",
        ),
        _method(
            "emargin-released",
            mark("eMargin as released"),
            mark(
                "What the authors' published code computes, kept for audits: its threshold of 0 "
                "and above marks every frame, and its loss can be undefined."
            ),
            "threshold scale temperature double",
            tolerates_non_finite=True,
        ),
        _method(
            "triplet",
            mark("Triplet"),
            mark("A neighbouring frame must be closer than any other frame, by the scale."),
            "scale",
        ),
        _method(
            "supcon",
            mark("Supervised contrastive"),
            mark(
                "Frames of one class attract. Reads the training labels: an upper bound, not a "
                "rival."
            ),
            "temperature",
            reads_labels=True,
        ),
        _method(
            "soft",
            mark("Soft assignment by time"),
            mark("Frames attract in proportion to how near they are in time (after SoftCLT)."),
            "temperature",
        ),
        _method(
            "random",
            mark("Untrained encoder"),
            mark("The floor: no training at all."),
            trains=False,
        ),
    )
}
