"""The same work on a cluster, Dask's or Ray's: only with ``--cluster``."""
