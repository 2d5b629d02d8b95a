"""Speech engines that run on this machine, each in a process of its own.

A model computes for seconds: beside the event loop it would stop every voice that plays. `process.py` runs the
engines below `worker.py`, one module each; `espeak.py` runs a program of the system.
"""
