"""Prediction with onnxruntime, tokenizers and numpy alone; never torch."""
