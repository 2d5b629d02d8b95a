"""The only door to Gradio: a headless front end that drives an app as its own page would."""

from .backend import GradioBackend

__all__ = ["GradioBackend"]
