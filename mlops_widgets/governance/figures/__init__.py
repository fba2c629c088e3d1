"""Cards of governance's results."""
