"""A component of every kind that a chatbot shows, each plotting library included."""

from __future__ import annotations

import altair as alt
import gradio as gr
import matplotlib.figure
import pandas as pd
import plotly.graph_objects
from bokeh.plotting import figure as bokeh_figure

from support.files import film, notes, picture, tone


def matplotlib_plot() -> gr.Plot:
    drawing = matplotlib.figure.Figure()
    drawing.subplots().plot([1, 2, 3], [1, 4, 9])
    return gr.Plot(drawing)


def plotly_plot() -> gr.Plot:
    return gr.Plot(plotly.graph_objects.Figure(plotly.graph_objects.Scatter(x=[1, 2, 3], y=[1, 4, 9])))


def bokeh_plot() -> gr.Plot:
    drawing = bokeh_figure()
    drawing.line([1, 2, 3], [1, 4, 9])
    return gr.Plot(drawing)


def altair_plot() -> gr.Plot:
    frame = pd.DataFrame({"x": [1, 2, 3], "y": [1, 4, 9]})
    return gr.Plot(alt.Chart(frame).mark_line().encode(x="x", y="y"))


KINDS = {
    "image": lambda: gr.Image(picture("red.png")),
    "audio": lambda: gr.Audio(tone()),
    "video": lambda: gr.Video(film()),
    "html": lambda: gr.HTML("<b>bold</b> words"),
    "file": lambda: gr.File(notes()),
    "files": lambda: gr.File([notes("one.txt"), notes("two.txt")], file_count="multiple"),
    "gallery": lambda: gr.Gallery([(picture("red.png"), "A red one"), (picture("green.png"), "A green one")]),
    "matplotlib": matplotlib_plot,
    "plotly": plotly_plot,
    "bokeh": bokeh_plot,
    "altair": altair_plot,
}
