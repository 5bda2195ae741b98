"""The site: pages for people and an API for programs, over one ledger and the catalogue. Reads only; what
writes is handed in from outside."""
