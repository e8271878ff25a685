"""The rig: recording, timeline, pipeline, scoring, virtual lab, report and command line."""

__version__ = "0.1.0"
