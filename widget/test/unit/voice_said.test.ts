import { describe, expect, it } from "vitest";
import { Said, type Piece } from "../../src/voice/said";

const PIECE = 512;

function piece(at: number): Piece {
  return { position: at * PIECE, pcm: new Int16Array(PIECE) };
}

function heard(count: number, sentence = true): Said {
  const said = new Said();
  for (let at = 0; at < count; at += 1) said.hear(piece(at), sentence);
  return said;
}

/** What it gives, to somebody who takes so many pieces. */
function given(said: Said, most = Infinity): number[] {
  const taken: number[] = [];
  said.send(({ position }) => taken.length < most && taken.push(position / PIECE) > 0);
  return taken;
}

describe("what was said", () => {
  it("is given once, in order", () => {
    const said = heard(3);
    expect(given(said)).toEqual([0, 1, 2]);
    expect(given(said)).toEqual([]);
    said.hear(piece(3), true);
    expect(given(said)).toEqual([3]);
  });

  it("is left out where it cannot be sent at once", () => {
    const said = heard(3);
    expect(given(said, 1)).toEqual([0]);
    said.hear(piece(3), true);
    expect(given(said)).toEqual([3]);
  });

  it("comes again, as much of it as is kept, however slowly it is taken", () => {
    const said = heard(500);
    given(said);
    said.again();
    expect(given(said, 40)).toEqual(Array.from({ length: 40 }, (_, at) => 360 + at));
    said.hear(piece(500), false);
    expect(given(said)).toEqual(Array.from({ length: 101 }, (_, at) => 400 + at));
    said.hear(piece(501), false);
    expect(given(said)).toEqual([501]);
  });

  it("is kept for a moment while nobody speaks", () => {
    const said = heard(500, false);
    given(said);
    said.again();
    expect(given(said)).toEqual(Array.from({ length: 31 }, (_, at) => 469 + at));
  });

  it("is forgotten", () => {
    const said = heard(5);
    said.again();
    said.forget();
    expect(given(said)).toEqual([]);
  });
});
