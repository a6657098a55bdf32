"""What a user could pick, one module each: `fit_predict(train, texts, seed)` gives the labels of every text."""
