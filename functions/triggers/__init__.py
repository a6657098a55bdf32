"""Functions that HTTP does not call: thin, they hand over to `functions.lifecycle`."""
