"""All runs that can be looked at, stored or shipped, with what the user calls them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from emargin_core.annotations import read_annotation
from emargin_core.gallery import Gallery
from emargin_core.origin import read_origin
from emargin_core.result import Metrics
from emargin_core.store import RunStore

Source = Literal["here", "imported", "gallery"]


@dataclass(frozen=True)
class ListedRun:
    """What a list says of a run; its frames and weights are not read for it.

    source: computed here, imported, or shipped with the program; origin: the archive or the
    gallery in words, empty for runs computed here; data: fingerprint and title; whole: all of it is
    here, not the metrics alone.
    """

    run_id: str
    source: Source
    origin: str
    config: dict[str, Any]
    metrics: Metrics
    collapse_reason: str | None
    data: dict[str, Any]
    seconds: float
    created: str
    whole: bool
    name: str
    note: str

    @property
    def collapsed(self) -> bool:
        """Whether the embedding collapsed."""
        return self.collapse_reason is not None

    def metric(self, path: str) -> float | None:
        """Look a metric up by its path, such as 'probe.accuracy'."""
        group, name = path.split(".")
        return self.metrics.get(group, {}).get(name)

    def to_json(self) -> dict[str, Any]:
        """Return the object that the command line prints."""
        return {
            "run_id": self.run_id,
            "source": self.source,
            "origin": self.origin or None,
            "name": self.name,
            "note": self.note,
            "config": self.config,
            "collapsed": self.collapsed,
            "collapse_reason": self.collapse_reason,
            **self.metrics,
            "data": self.data,
            "seconds": self.seconds,
            "created": self.created,
            "whole": self.whole,
        }


def list_runs(
    store: RunStore,
    gallery: Gallery | None,
    read: Callable[[str], Mapping[str, Any] | None] | None = None,
) -> list[ListedRun]:
    """Stored runs, newest first, then those of the gallery that are not stored.

    Args:
        read: gives what a run says of itself, by its name; the store itself if None.
    """
    read = read or store.document
    stored = [
        _stored(store, document)
        for run_id in store.ids()
        if (document := read(run_id)) is not None and _has_all(document)
    ]
    known = {run.run_id for run in stored}
    return stored + [run for run in _shipped(store, gallery) if run.run_id not in known]


def matching(runs: Iterable[ListedRun], words: str) -> list[ListedRun]:
    """Runs in whose names, notes, settings or data all of the words occur, in any case."""
    wanted = words.casefold().split()
    return [run for run in runs if all(word in _text(run) for word in wanted)]


def _stored(store: RunStore, document: Mapping[str, Any]) -> ListedRun:
    run_id = document["run_id"]
    origin = read_origin(store.home / "runs" / run_id)
    annotation = read_annotation(store.home, run_id)
    return ListedRun(
        run_id=run_id,
        source="here" if origin is None else "imported",
        origin=origin or "",
        config=document["config"],
        metrics=document["metrics"],
        collapse_reason=document["collapse_reason"],
        data={name: document["data"][name] for name in ("fingerprint", "title")},
        seconds=document["timing"]["total_s"],
        created=document["created"],
        whole=True,
        name=annotation.name,
        note=annotation.note,
    )


def _has_all(document: Mapping[str, Any]) -> bool:
    """Whether a document has what the list shows; one of another version may lack some of it."""
    try:
        return bool(
            document["config"]["method"] and document["data"]["fingerprint"]
            and document["data"]["title"] and document["created"]
            and {"metrics", "collapse_reason"} <= document.keys()
            and document["timing"]["total_s"] >= 0
        )  # fmt: skip
    except (KeyError, TypeError):
        return False


def _shipped(store: RunStore, gallery: Gallery | None) -> list[ListedRun]:
    if gallery is None:
        return []
    runs = []
    for entry in gallery.entries.values():
        annotation = read_annotation(store.home, entry.run_id)
        runs.append(
            ListedRun(
                run_id=entry.run_id,
                source="gallery",
                origin=gallery.label,
                config=entry.config,
                metrics=entry.metrics,
                collapse_reason=entry.collapse_reason,
                data=entry.data,
                seconds=entry.seconds,
                created=entry.created,
                whole=gallery.has(entry.run_id),
                name=annotation.name,
                note=annotation.note,
            )
        )
    return runs


def _text(run: ListedRun) -> str:
    settings = " ".join(f"{k} {v:g}" if isinstance(v, float) else f"{k} {v}"
                        for k, v in run.config.items() if v is not None)  # fmt: skip
    return f"{run.run_id} {run.name} {run.note} {run.data['title']} {settings}".casefold()
