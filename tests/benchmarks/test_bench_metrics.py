import pytest

from benchmarks import metrics


def test_bench_gives_a_row_for_each_metric_and_puts_the_thread_count_back(monkeypatch, capsys):
    import torch

    monkeypatch.setattr(metrics, "N_POINTS", 300)
    monkeypatch.setattr(metrics, "N_TRAIN", 200)
    before = torch.get_num_threads()
    rows = metrics.bench_metrics(repeats=1)
    assert torch.get_num_threads() == before
    assert [row["name"].split(",")[0] for row in rows] == [
        "Silhouette",
        "Davies-Bouldin",
        "Calinski-Harabasz",
        "Linear probe",
    ]
    for row in rows:
        assert row["ratio"] == pytest.approx(row["stock_s"] / row["ours_s"])
    metrics.print_metrics(rows)
    assert "scikit-learn" in capsys.readouterr().out
