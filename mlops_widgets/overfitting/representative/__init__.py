"""Strategy a: diverse data, so that the test stands for production, and where and when the model breaks without it."""
