"""Bytes of uploaded files to text."""
