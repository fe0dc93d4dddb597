"""`python -m morseloss` is the command line."""

import sys

from morseloss.cli import main

if __name__ == "__main__":
    sys.exit(main())
