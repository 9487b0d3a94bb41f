"""Train, evaluate and compare contrastive embeddings of time series."""

__version__ = "0.1.0"
