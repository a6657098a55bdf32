"""The quality of labelled data: likely label errors, and what more of it would bring."""
