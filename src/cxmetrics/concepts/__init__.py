"""Customer experience beyond one rating: indices, barometers, memory, gaps, maturity."""
