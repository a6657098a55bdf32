"""The service: everything that touches HTTP or Azure."""
