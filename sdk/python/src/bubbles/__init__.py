"""Bubbles: extract, transform and load with your own functions, in a sandbox.

In a program, `Pipeline` puts tasks together and runs them:

    import bubbles

    def late(row):
        return row if row["arr_delay"] and row["arr_delay"] > 60 else None

    pipeline = bubbles.Pipeline("late-flights")
    pipeline.add_task("csv", config={"path": "flights.csv"}, read=["flights.csv"])
    pipeline.add_task(late)
    pipeline.add_task("jsonl", config={"path": "out/"}, write=["out/"])
    print(pipeline.run())

In a task, the rest is there as well: the errors, `reject`, and `objects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import objects
from .errors import Error, Fatal, Invalid, Transient
from .rejects import reject
from .source import Source, Split

if TYPE_CHECKING:
    from .client import (
        ClusterError,
        CommandError,
        Input,
        Job,
        Pipeline,
        PipelineError,
        ShippingError,
        TaskError,
        TaskReport,
    )

__version__ = "0.1.0"

__all__ = [
    "ClusterError",
    "CommandError",
    "Error",
    "Fatal",
    "Input",
    "Invalid",
    "Job",
    "Pipeline",
    "PipelineError",
    "ShippingError",
    "Source",
    "Split",
    "TaskError",
    "TaskReport",
    "Transient",
    "objects",
    "reject",
]


def __getattr__(name: str) -> Any:
    # What runs pipelines is not part of the sandbox.
    if name not in __all__:
        raise AttributeError(f"module 'bubbles' has no attribute {name!r}")
    try:
        from . import client
    except ImportError as error:
        raise AttributeError(f"bubbles.{name} is not there inside a task") from error
    return getattr(client, name)
