"""Every question, one file each, on one Ledger."""
