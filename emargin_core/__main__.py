"""`python -m emargin_core`: the command line."""

import sys

from emargin_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
