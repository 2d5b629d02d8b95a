"""The demo's Gradio app: every kind of reply, by name."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from . import making

mpl.use("agg")

GREETING = (
    "Hello! I am the **Trunkline demo**, a Gradio app. What you see here works the same on Discord, on Slack, "
    "in a terminal and on any website.\n\n"
    "Choose one, or write anything and I will answer with a stream of words."
)

KINDS = {
    "thoughts": "Show your thoughts",
    "picture": "Paint a picture",
    "gallery": "A small gallery",
    "sound": "Play a sound",
    "film": "Show a film",
    "plot": "Draw a plot",
    "table": "Markdown, code and a table",
    "file": "Write me a file",
    "artifact": "Some code beside the chat",
    "progress": "Work on something long",
    "error": "Fail on purpose",
}
OPTIONS: list[Any] = [{"value": key, "label": label} for key, label in KINDS.items()]

Message = dict[str, Any]
Messages = list[Message]

MARKDOWN = """## One message, many forms

| Platform | Streams | Thoughts | Buttons |
|---|:-:|:-:|:-:|
| Discord | yes | yes | yes |
| Slack | yes | yes | yes |
| Website | yes | yes | yes |

* [x] task lists
* *emphasis*, **strong**, ~~struck~~ and `code`
* a formula: $e^{i\\pi} + 1 = 0$

```python
def greet(name: str) -> str:
    return f"Hello, {name}!"
```

> Said once by the app, shown natively everywhere.
"""

CODE = '''"""The whole of a Gradio chatbot."""
import gradio as gr

def answer(message, history):
    return f"You said {message}"

gr.ChatInterface(answer).launch()
'''


def build(folder: Path) -> gr.Blocks:
    """The app; `folder` holds the files it makes."""
    page: gr.Blocks = gr.Blocks(title="Trunkline demo", fill_height=True)
    with page:
        code = gr.Code(language="python", label="Artifact", render=False)
        with gr.Row(equal_height=True):
            with gr.Column(scale=3):
                _chat(folder, code)
            with gr.Column(scale=1):
                code.render()
    return page


def _chat(folder: Path, code: gr.Code) -> None:
    chatbot = gr.Chatbot(
        value=[{"role": "assistant", "content": GREETING, "options": OPTIONS[:6]}],
        label="Trunkline demo",
        latex_delimiters=[
            {"left": "$$", "right": "$$", "display": True},
            {"left": "$", "right": "$", "display": False},
        ],
    )
    gr.ChatInterface(
        partial(answer, folder),
        chatbot=chatbot,
        multimodal=True,
        title="Trunkline demo",
        description="Everything a bridge carries over, in one chatbot.",
        textbox=gr.MultimodalTextbox(
            placeholder="Ask for a picture, a plot, thoughts …",
            file_count="multiple",
            sources=["upload", "microphone"],
        ),
        examples=[[{"text": text}, None, None] for text in ("thoughts", "picture", "table", "plot")],
        example_labels=["Show your thoughts", "Paint a picture", "Markdown and tables", "Draw a plot"],
        additional_inputs=[
            gr.Radio(["friendly", "brief", "formal"], value="friendly", label="Tone"),
            gr.Slider(5, 200, value=40, step=5, label="Words per second"),
        ],
        additional_outputs=[code],
        editable=True,
        flagging_mode="manual",
        flagging_dir=str(folder / "flagged"),
        flagging_options=["Like", "Dislike", "Too long", "Not true"],
        concurrency_limit=20,
        cache_examples=False,
    )


def answer(
    folder: Path,
    message: dict[str, Any] | str,
    history: Messages,
    tone: str | None = None,
    speed: float | None = None,
    progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio finds it by its default
) -> Iterator[tuple[Messages, Any]]:
    """Answer with the kind of reply that is asked for; yields (messages, artifact)."""
    if isinstance(message, str):
        # Gradio hands an option on as it is, where a message has text and files.
        message = {"text": message}
    said = str(message.get("text", "")).strip()
    files = [str(file) for file in message.get("files", ())]
    pace = 1.0 / max(1.0, float(speed or 40))
    kind = said.casefold()
    if kind == "progress":
        yield from _progress(progress, pace)
    elif kind == "error":
        yield [_text("Here it comes …")], gr.skip()
        raise gr.Error("This failure was asked for. Retry gives it once more.")
    elif kind in _MAKERS:
        for messages in _MAKERS[kind](folder, pace):
            yield messages, gr.skip()
    elif kind == "artifact":
        yield [_text("The code is beside this message, as the app's additional output.")], CODE
    else:
        for messages in _words(_about(said, files, history, tone or "friendly"), pace):
            yield messages, gr.skip()


def _text(content: Any, **more: Any) -> Message:
    return {"role": "assistant", "content": content, **more}


def _words(text: str, pace: float, **more: Any) -> Iterator[Messages]:
    words = text.split(" ")
    for count in range(1, len(words) + 1):
        time.sleep(pace)
        yield [_text(" ".join(words[:count]))]
    if more:
        yield [_text(text, **more)]


def _about(said: str, files: list[str], history: Messages, tone: str) -> str:
    opening = {"brief": "Noted:", "formal": "Thank you for your message, which reads:"}.get(
        tone, "Nice! You wrote:"
    )
    turns = sum(1 for message in history if message.get("role") == "user")
    lines = [f"{opening} *{said or 'nothing'}*."]
    if files:
        lines.append("With it came " + ", ".join(f"`{Path(file).name}`" for file in files) + ".")
    lines.append(
        f"This is message {turns + 1} of our conversation; the bridge, not I, remembers the earlier ones."
    )
    lines.append(
        "Ask for *thoughts*, a *picture*, *gallery*, *sound*, *film*, *plot*, *table*, *file* or *artifact*."
    )
    return "\n\n".join(lines)


def _thought(title: str, text: str, **metadata: Any) -> Message:
    return _text(text, metadata={"title": title, **metadata})


def _thoughts(_: Path, pace: float) -> Iterator[Messages]:
    steps = [
        ("Looking for sources", "Three pages look useful.", 0.9, {"id": "search"}),
        ("Reading the first page", "It is about telephone exchanges.", 0.6, {"parent_id": "search"}),
        ("Comparing", "Two of them agree; the third is older.", 0.7, {"id": "compare", "log": "2 of 3 agree"}),
    ]
    done: Messages = []
    for title, text, seconds, more in steps:
        yield [*done, _thought(title, "", status="pending", **more)]
        time.sleep(seconds)
        done.append(_thought(title, text, status="done", duration=seconds, **more))
        yield list(done)
    for messages in _words("A trunk line connects two exchanges: many conversations over one wire.", pace):
        yield [*done, *messages]
    options = [{"value": "picture", "label": "Paint one"}, {"value": "table", "label": "Show a table"}]
    yield [*done, _text("A trunk line connects two exchanges: many conversations over one wire.", options=options)]


def _picture(folder: Path, _: float) -> Iterator[Messages]:
    path = making.picture(folder / "dusk.png", phase=1.0)
    yield [
        _text({"path": str(path), "alt_text": "Soft bands of colour at dusk"}),
        _text("Painted for you just now."),
    ]


def _gallery(folder: Path, _: float) -> Iterator[Messages]:
    names = ("morning", "noon", "evening")
    pictures = [
        (str(making.picture(folder / f"{name}.png", phase=index * 1.7, warm=0.2 + 0.35 * index)), name.title())
        for index, name in enumerate(names)
    ]
    yield [_text(gr.Gallery(pictures, label="A day")), _text("One day in three pictures.")]


def _sound(folder: Path, _: float) -> Iterator[Messages]:
    yield [_text(gr.Audio(str(making.melody(folder / "melody.wav")))), _text("Four notes.")]


def _film(folder: Path, _: float) -> Iterator[Messages]:
    yield [_text(gr.Video(str(making.film(folder / "waves.mp4")))), _text("Three seconds of waves.")]


def _plot(_: Path, __: float) -> Iterator[Messages]:
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    x = np.linspace(0, 12, 300)
    axes.plot(x, np.sin(x) * np.exp(-x / 8), label="as measured")
    axes.plot(x, np.exp(-x / 8), linestyle="--", label="envelope")
    axes.set_xlabel("seconds")
    axes.legend()
    yield [_text(gr.Plot(figure, label="A dying oscillation")), _text("Plotted with matplotlib.")]


def _table(_: Path, pace: float) -> Iterator[Messages]:
    yield from _words(MARKDOWN, pace / 2)


def _file(folder: Path, _: float) -> Iterator[Messages]:
    path = folder / "notes.csv"
    path.write_text("platform,streams\ndiscord,yes\nslack,yes\nweb,yes\n", "utf-8")
    yield [_text(gr.File(str(path))), _text("A small table, as a file.")]


def _progress(progress: gr.Progress, pace: float) -> Iterator[tuple[Messages, Any]]:
    for step in range(1, 11):
        progress((step, 10), desc="Counting to ten")
        time.sleep(0.25)
    gr.Info("Counted without a mistake.")
    for messages in _words("Ten. That took two and a half seconds.", pace):
        yield messages, gr.skip()


_MAKERS: dict[str, Callable[[Path, float], Iterator[Messages]]] = {
    "thoughts": _thoughts,
    "picture": _picture,
    "gallery": _gallery,
    "sound": _sound,
    "film": _film,
    "plot": _plot,
    "table": _table,
    "file": _file,
}
