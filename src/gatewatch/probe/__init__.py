"""Look for yourself: measure from here, step by step, in the field's own format."""
