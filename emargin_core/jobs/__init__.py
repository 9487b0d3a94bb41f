"""The background: runs are computed by a Dask cluster, private or the user's; `facade.Jobs`."""
