"""The rig: recording, timeline, pipeline, scoring, virtual lab, report and command line."""
