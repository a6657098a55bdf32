"""The HTTP face: routes, wire names, keys, and the one map from errors to status codes."""
