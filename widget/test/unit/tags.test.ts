import { describe, expect, it } from "vitest";
import { onlyAllowed } from "../../src/markdown/tags";

const ALLOWED = { tags: new Set(["a", "b", "img"]), attributes: new Set(["href", "src", "title"]) };

describe("onlyAllowed", () => {
  it.each([
    ["<b>x</b>", "<b>x</b>"],
    ["<B CLASS=y OnClick='z()'>x</B>", "<b>x</b>"],
    ["<u><b>x</b></u>", "<b>x</b>"],
    ["<img src=a.png onerror=\"b('>')\"/>", '<img src="a.png">'],
    ["<a href='x\"y' title=\"<i>\">z</a>", '<a href="x&quot;y" title="&lt;i>">z</a>'],
    ["1 < 2 <3 <b", "1 &lt; 2 &lt;3 &lt;b"],
    ["<b onclick=\"never closed>x", '&lt;b onclick="never closed>x'],
    ["a<!-- <b> -->c<!doctype html>d<?php ?>e", "acde"],
    ["a<!-- open", "a&lt;!-- open"],
    ["<script>if (a < b) alert('<b>')</script>c", "c"],
    ["<STYLE>*{}</Style >c", "c"],
    ["the <script> tag and the <b>rest</b>", "the &lt;script> tag and the <b>rest</b>"],
    ["&amp; &lt;b&gt;", "&amp; &lt;b&gt;"],
  ])("writes %s as %s", (html, expected) => {
    expect(onlyAllowed(html, ALLOWED)).toBe(expected);
  });

  it.each(["<", "<a ", "<a b=\"", "<!--", "<a b='c' ", "</a", "<script>", "<script></script>", "</script", "<script></script"])("reads 100,000 times %j in time", (piece) => {
    const start = performance.now();
    onlyAllowed(piece.repeat(100_000), ALLOWED);

    expect(performance.now() - start).toBeLessThan(2000);
  });
});
