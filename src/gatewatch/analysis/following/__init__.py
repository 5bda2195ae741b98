"""Who is told of an event, and what of two looks at a ledger is news: values alone."""
