"""Claims from data sets that others keep: one file a format, each row a cited claim or set
aside."""
