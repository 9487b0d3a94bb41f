"""Runs that can be looked at, stored or shipped: one by its name, or all as a list."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from emargin_core.store.annotations import read_annotation
from emargin_core.store.gallery.gallery import Gallery
from emargin_core.store.result import Metrics, Result
from emargin_core.store.result_files import read_provenance
from emargin_core.store.run_store import RunStore
from emargin_core.store.trash import is_run_id
from emargin_core.text.errors import InputError
from emargin_core.text.message import Text
from emargin_core.text.plain_text import shown

Source = Literal["here", "imported", "gallery"]


@dataclass(frozen=True)
class ListedRun:
    """What a list says of a run; its frames and weights are not read for it.

    source: computed here, imported, or shipped with the program; provenance: the archive or the
    gallery in words, empty for runs computed here; data: fingerprint and title; seconds: what all
    of it took, first_look_seconds: what its verdict needed; whole: all of it is here, not the
    metrics alone.
    """

    run_id: str
    source: Source
    provenance: Text
    config: dict[str, Any]
    metrics: Metrics
    collapse_reason: Text | None
    data: dict[str, Any]
    seconds: float
    first_look_seconds: float
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
            "origin": self.provenance or None,
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
        _stored(store, document) for run_id in store.ids() if (document := read(run_id)) is not None
    ]
    known = {run.run_id for run in stored}
    return stored + [run for run in _shipped(store, gallery) if run.run_id not in known]


def matching(runs: Iterable[ListedRun], words: str) -> list[ListedRun]:
    """Runs in whose names, notes, settings or data all of the words occur, in any case."""
    wanted = words.casefold().split()
    return [run for run in runs if all(word in _text(run) for word in wanted)]


def find_run(name: str, store: RunStore, gallery: Gallery | None) -> Result:
    """Read one run whole.

    Raises:
        InputError: it is in neither, or the gallery has only its metrics.
    """
    result = store.get(name) if is_run_id(name) else None
    if result is None and gallery is not None:
        result = gallery.result(name)
        if result is None and name in gallery.entries:
            raise InputError(
                "the gallery has only the metrics of run {name}; compute it first, "
                "with the settings from `python -m emargin_core runs list --json -`",
                name=name,
            )
    if result is None:
        raise InputError(
            "run {name} not found; `python -m emargin_core runs list` lists the available runs",
            name=shown(name),
        )
    return result


def _stored(store: RunStore, document: Mapping[str, Any]) -> ListedRun:
    run_id = document["run_id"]
    provenance = read_provenance(store.home / "runs" / run_id)
    annotation = read_annotation(store.home, run_id)
    return ListedRun(
        run_id=run_id,
        source="here" if provenance is None else "imported",
        provenance=provenance or "",
        config=document["config"],
        metrics=document["metrics"],
        collapse_reason=document["collapse_reason"],
        data={name: document["data"][name] for name in ("fingerprint", "title")},
        seconds=document["timing"]["total_s"],
        first_look_seconds=document["timing"].get("first_look_s", document["timing"]["total_s"]),
        created=document["created"],
        whole=True,
        name=annotation.name,
        note=annotation.note,
    )


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
                provenance=gallery.label,
                config=entry.config,
                metrics=entry.metrics,
                collapse_reason=entry.collapse_reason,
                data=entry.data,
                seconds=entry.seconds,
                first_look_seconds=entry.seconds,
                created=entry.created,
                whole=gallery.has(entry.run_id),
                name=annotation.name,
                note=annotation.note,
            )
        )
    return runs


def _text(run: ListedRun) -> str:
    settings = " ".join(
        f"{k} {v:g}" if isinstance(v, float) else f"{k} {v}"
        for k, v in run.config.items()
        if v is not None
    )
    return f"{run.run_id} {run.name} {run.note} {run.data['title']} {settings}".casefold()
