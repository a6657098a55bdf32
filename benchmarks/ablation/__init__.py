"""What each part of the training method is worth: the default recipe against itself with one thing changed."""
