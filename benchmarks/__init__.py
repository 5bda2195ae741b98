"""Each benchmark measures Gatewatch and a named baseline in one run and prints the ratio."""
