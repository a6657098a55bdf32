"""What people and workflows run by hand: packaging, keys, smoke test, schema extract."""
