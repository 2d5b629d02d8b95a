// @vitest-environment jsdom
import { render, type FunctionComponent } from "preact";
import { describe, expect, it, vi } from "vitest";
import { ChatContext } from "../../src/view/context";
import { lazy } from "../../src/view/lazy";
import { fakeChat } from "../fakes/chat";

/** A view whose code comes when `arrive` is called. */
function coming(): { readonly View: FunctionComponent<object>; readonly loads: () => number; readonly arrive: () => void } {
  let arrive: (view: FunctionComponent<object>) => void = () => undefined;
  const code = new Promise<FunctionComponent<object>>((resolve) => {
    arrive = resolve;
  });
  let loads = 0;
  const View = lazy(
    () => {
      loads += 1;
      return code;
    },
    () => <>coming</>,
  );
  return { View, loads: () => loads, arrive: () => arrive(() => <>there</>) };
}

function shown(View: FunctionComponent<object>): HTMLElement {
  const place = document.createElement("div");
  render(<ChatContext.Provider value={fakeChat()}>{<View />}</ChatContext.Provider>, place);
  return place;
}

describe("lazy", () => {
  it("loads once, and draws every place that waited", async () => {
    const { View, loads, arrive } = coming();
    const places = [shown(View), shown(View)];
    await vi.waitFor(() => expect(loads()).toBe(1));
    expect(places.map((place) => place.textContent)).toEqual(["coming", "coming"]);
    arrive();

    await vi.waitFor(() => expect(places.map((place) => place.textContent)).toEqual(["there", "there"]));
    expect(loads()).toBe(1);
    expect(shown(View).textContent).toBe("there");
  });

  it("draws a place that was shown just before the code came", async () => {
    const { View, loads, arrive } = coming();
    const first = shown(View);
    await vi.waitFor(() => expect(loads()).toBe(1));
    const second = shown(View);
    arrive();

    await vi.waitFor(() => expect(first.textContent).toBe("there"));
    await vi.waitFor(() => expect(second.textContent).toBe("there"));
  });
});
