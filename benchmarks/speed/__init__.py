"""What the measurements of speed share: weights, texts, processes, peaks and plots."""
