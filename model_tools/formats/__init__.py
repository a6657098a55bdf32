"""Labels files of this and other tools, in and out."""
