"""The limits of embeds. reference: Messages, "embeds" (6,000 characters in all embeds together)."""

from __future__ import annotations

from fakes.discord.errors import Json, Path, Problems

MOST_TOGETHER = 6000


def check_embeds(embeds: list[Json], problems: Problems) -> None:
    problems.count(("embeds",), embeds, 10)
    for position, embed in enumerate(embeds):
        _check_embed(embed, ("embeds", position), problems)
    if sum(map(_length, embeds)) > MOST_TOGETHER:
        message = f"Embed size exceeds maximum size of {MOST_TOGETHER}"
        problems.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", message)


def _check_embed(embed: Json, path: Path, problems: Problems) -> None:
    problems.longer((*path, "title"), embed.get("title") or "", 256)
    problems.longer((*path, "description"), embed.get("description") or "", 4096)
    problems.longer((*path, "footer", "text"), _inner(embed, "footer", "text"), 2048)
    problems.longer((*path, "author", "name"), _inner(embed, "author", "name"), 256)
    for position, field in enumerate(problems.count((*path, "fields"), embed.get("fields") or [], 25)):
        problems.longer((*path, "fields", position, "name"), field.get("name", ""), 256, 1)
        problems.longer((*path, "fields", position, "value"), field.get("value", ""), 1024, 1)


def _length(embed: Json) -> int:
    fields = sum(len(each.get("name", "")) + len(each.get("value", "")) for each in embed.get("fields") or [])
    own = len(embed.get("title") or "") + len(embed.get("description") or "")
    return own + fields + len(_inner(embed, "footer", "text")) + len(_inner(embed, "author", "name"))


def _inner(embed: Json, part: str, name: str) -> str:
    return str((embed.get(part) or {}).get(name) or "")
