"""Models without scikit-learn's methods (boosters, ONNX sessions) behind a face that has them."""
