"""`python -m symdiff` is the command `symdiff`."""

from symdiff.app.cli import main

if __name__ == "__main__":
    main()
