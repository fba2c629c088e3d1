"""Model files of every kind, read without running code from them; the door is `door.read_model`."""
