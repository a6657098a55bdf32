"""Fine-tuning, export and quantisation: the only place that imports torch, transformers and optimum."""
