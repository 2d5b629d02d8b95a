"""What has broken chat pages, or might: Markdown and HTML that run a script, load from elsewhere, or take over.

One to a line of `hostile.txt`, where a backslash with n, t, xNN, uNNNN or a backslash stands for a character. A
script that runs calls `alert`; what is loaded comes from elsewhere.test.
"""

from __future__ import annotations

import re
from pathlib import Path

_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|([nt\\]))")
_SHORT = {"n": "\n", "t": "\t", "\\": "\\"}


def _unescaped(line: str) -> str:
    return _ESCAPE.sub(lambda found: _SHORT.get(found[3]) or chr(int(found[1] or found[2], 16)), line)


VECTORS = [_unescaped(line) for line in Path(__file__).with_name("hostile.txt").read_text().splitlines()]
