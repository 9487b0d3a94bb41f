"""The background: runs are computed by a Dask cluster, private or the user's."""

from emargin_core.jobs.facade import Jobs
from emargin_core.jobs.status import JobStatus

__all__ = ["JobStatus", "Jobs"]
