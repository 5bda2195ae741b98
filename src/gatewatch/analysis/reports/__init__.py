"""What reports say together."""
