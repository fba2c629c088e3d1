"""What is repaired: steps in an order, previewed, switched and undone, applied to copies, exported as code and transformer."""
