"""The sample project and the check of its labels."""
