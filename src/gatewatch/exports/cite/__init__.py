"""Citations: one file that holds an answer with what it rests on, and says whether that holds."""
