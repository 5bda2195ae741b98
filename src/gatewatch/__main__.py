"""`python -m gatewatch`."""

from gatewatch.cli import main

main()
