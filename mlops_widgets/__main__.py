"""`python -m mlops_widgets`: the command line where its script isn't on the path."""

import sys

from mlops_widgets.cli import main

if __name__ == "__main__":
    sys.exit(main())
