"""Runs pipelines from a program: puts them together, starts the command `bubbles`, reads its report."""

from .failure import ClusterError, CommandError, PipelineError, ShippingError, TaskError
from .job import Job, TaskReport
from .pipeline import Pipeline
from .task import Input, Task

__all__ = [
    "ClusterError",
    "CommandError",
    "Input",
    "Job",
    "Pipeline",
    "PipelineError",
    "ShippingError",
    "Task",
    "TaskError",
    "TaskReport",
]
