"""How good a model is: scores, confusion and the report that a model version carries."""
