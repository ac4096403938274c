"""The same suite measured on every host of a Dask cluster."""
