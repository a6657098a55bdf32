"""A small local Azure Functions host for this repository: development and tests only, never deployed."""
