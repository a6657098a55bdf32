"""Table, blob and queue storage: one module per noun, and the only importers of the storage SDKs."""
