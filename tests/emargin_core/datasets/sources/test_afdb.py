"""ECG records in the published format: rhythms, records without signal, missing samples, damage."""

import numpy as np
import pytest
import wfdb

from emargin_core.datasets.base import UNLABELLED
from emargin_core.datasets.frames import cut_frames
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.sources import afdb
from emargin_core.text.errors import InputError

RHYTHMS = [(500, "(N"), (5_000, "(AFIB"), (9_000, "(AFL"), (12_000, "(J")]


def put_record(folder, name="04015", rhythms=RHYTHMS, n=15_000, rate=250, leads=2):
    rng = np.random.default_rng(int(name))
    signal = np.sin(np.arange(n) / 30)[:, None] + rng.normal(0, 0.05, (n, leads))
    wfdb.wrsamp(
        name,
        fs=rate,
        units=["mV"] * leads,
        sig_name=[f"ECG{lead + 1}" for lead in range(leads)],
        p_signal=signal,
        fmt=["212"] * leads,
        adc_gain=[200] * leads,
        baseline=[0] * leads,
        write_dir=str(folder),
    )
    wfdb.wrann(
        name,
        "atr",
        np.array([sample for sample, _ in rhythms]),
        symbol=["+"] * len(rhythms),
        aux_note=[note for _, note in rhythms],
        write_dir=str(folder),
    )
    return signal


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("EMARGIN_DATA", str(tmp_path))
    (tmp_path / "afdb").mkdir()
    return tmp_path / "afdb"


def test_signal_and_rhythms_are_read_back(folder):
    signal = put_record(folder)
    data = load_dataset("afdb")
    (record,) = data.recordings
    assert (record.group, record.sampling_rate) == ("04015", 250.0)
    np.testing.assert_allclose(record.signal, signal, atol=0.5 / 200 + 1e-6)
    assert isinstance(record.signal, np.memmap)
    changes = [0, 500, 5_000, 9_000, 12_000]
    assert np.flatnonzero(np.diff(record.labels)).tolist() == [at - 1 for at in changes[1:]]
    assert record.labels[changes].tolist() == [UNLABELLED, 3, 0, 1, 2]


def test_frames_are_ten_seconds_of_welch_spectra(folder):
    put_record(folder)
    data = load_dataset("afdb")
    frames = cut_frames(data.recordings, data.framing, 100)
    assert frames.inputs.shape == (6, 2 * 251)


def test_records_without_signal_are_left_out_and_said(folder):
    put_record(folder)
    (folder / "00735.hea").write_text("00735 0 250\n")
    data = load_dataset("afdb")
    assert [r.id for r in data.recordings] == ["04015"]
    assert tuple(map(str, data.notes)) == ("00735 left out: no signal is published",)


def test_an_unknown_rhythm_is_unlabelled_and_said(folder):
    put_record(folder, rhythms=[(0, "(N"), (1_000, "(VT"), (2_000, "(AFIB")])
    data = load_dataset("afdb")
    assert data.recordings[0].labels[[0, 1_500, 2_500]].tolist() == [3, UNLABELLED, 0]
    assert tuple(map(str, data.notes)) == (
        "04015: rhythm (VT is not one of the four; it is treated as unlabelled",
    )


def test_missing_samples_are_bridged_unlabelled_and_said(folder):
    put_record(folder)
    raw = bytearray((folder / "04015.dat").read_bytes())
    for sample in (600, 601):  # -2048 in both leads: 'no value' in format 212
        raw[3 * sample : 3 * sample + 3] = bytes([0x00, 0x88, 0x00])
    (folder / "04015.dat").write_bytes(raw)
    data = load_dataset("afdb")
    record = data.recordings[0]
    assert np.isfinite(record.signal).all()
    assert record.labels[598:604].tolist() == [3, 3, UNLABELLED, UNLABELLED, 3, 3]
    assert tuple(map(str, data.notes)) == (
        "04015: 2 samples are missing; they are interpolated and unlabelled",
    )


@pytest.mark.parametrize("suffix", [".dat", ".atr", ".hea"])
def test_a_file_that_is_cut_off_is_refused(folder, suffix):
    put_record(folder)
    path = folder / f"04015{suffix}"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(InputError, match="04015"):
        load_dataset("afdb")


@pytest.mark.parametrize("suffix", [".dat", ".atr"])
def test_a_file_that_is_not_there_is_named(folder, suffix):
    put_record(folder)
    (folder / f"04015{suffix}").unlink()
    with pytest.raises(InputError, match=f"04015{suffix} is missing"):
        afdb.load()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"rate": 128}, "2 leads at 128 Hz; 2 leads at 250 Hz are expected"),
        ({"leads": 1}, "1 leads at 250 Hz"),
        ({"rhythms": [(0, "N")]}, "04015.atr has no rhythm annotation"),
    ],
)
def test_what_is_wrong_is_named(folder, damage, message):
    put_record(folder, **damage)
    with pytest.raises(InputError) as error:
        load_dataset("afdb")
    assert message in str(error.value)


def test_a_record_is_seen_once_its_header_is_there(folder):
    put_record(folder)
    (folder / "00735.hea").write_text("00735 0 250\n")
    assert afdb.SOURCE.missing() is None
    (folder / "04015.hea").unlink()
    assert afdb.SOURCE.missing() is not None


def test_records_are_chosen_by_their_signal_files():
    names = [
        "00735.atr",
        "00735.hea",
        "04015.atr",
        "04015.dat",
        "04015.hea",
        "04015.qrs",
        "04043.atr",
        "04043.dat",
        "04043.hea",
        "old/04015.dat",
    ]
    assert afdb.records_of(names, 1) == ["04015.dat", "04015.atr", "04015.hea"]
    assert len(afdb.records_of(names, None)) == 6
