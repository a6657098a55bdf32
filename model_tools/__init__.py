"""The NER engine and its command line: no Azure, no HTTP, no environment variables."""
