// @vitest-environment jsdom
import { describe, expectTypeOf, it } from "vitest";
import type { TrunklineChat } from "../../src/launcher/element";
import type { Placement } from "../../src/view/context";
import type { TrunklineChatElement, TrunklineEvents, TrunklinePlacement } from "../../types/trunkline";

declare module "preact" {
  // The name is Preact's.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace JSX {
    interface IntrinsicElements {
      "trunkline-chat": import("../../types/trunkline").TrunklineAttributes;
    }
  }
}

type Own = Exclude<keyof TrunklineChatElement, keyof HTMLElement>;

describe("the published types", () => {
  it("are those of the element", () => {
    expectTypeOf<TrunklinePlacement>().toEqualTypeOf<Placement>();
    expectTypeOf<Own>().toEqualTypeOf<Exclude<keyof TrunklineChat, keyof HTMLElement | `${string}Callback`>>();
    expectTypeOf<TrunklineChat>().toExtend<Pick<TrunklineChatElement, Exclude<Own, "calls">>>();
    expectTypeOf<Parameters<TrunklineChat["identify"]>>().toEqualTypeOf<Parameters<TrunklineChatElement["identify"]>>();
  });

  it("tell pages of the element, its events and attributes", () => {
    expectTypeOf(document.createElement("trunkline-chat")).toEqualTypeOf<TrunklineChatElement>();
    expectTypeOf<TrunklineEvents["message"]["detail"]["turn"]>().toEqualTypeOf<number>();
    expectTypeOf(() => <trunkline-chat placement="panel" open />).toBeFunction();
    // @ts-expect-error there is no such placement
    expectTypeOf(() => <trunkline-chat placement="ceiling" />).toBeFunction();
  });
});
