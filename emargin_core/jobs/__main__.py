"""`python -m emargin_core.jobs`: the private cluster as a program of its own."""

from emargin_core.jobs.private import serve

if __name__ == "__main__":
    serve()
