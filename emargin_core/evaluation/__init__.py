"""What an embedding is worth: small pure functions, NumPy arrays in, `float` or `None` out."""
