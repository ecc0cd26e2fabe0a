"""Why a task cannot go on. Which of these is raised tells the runtime what to do next."""

from __future__ import annotations


class Error(Exception):
    """What all errors of this module have in common."""


class Invalid(Error):
    """This row is bad and always will be: it is put aside, or fails the job, as `on_error` says."""


class Transient(Error):
    """It may work later (a busy server, a lost connection): tried again, with growing pauses."""


class Fatal(Error):
    """The job cannot go on: it fails with this message."""
