"""News texts: read for statements that a person may take into the catalogue."""
