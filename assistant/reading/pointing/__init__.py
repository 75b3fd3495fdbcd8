"""A message and the papers shown before it → which of them it means, puts aside, or puts back."""
