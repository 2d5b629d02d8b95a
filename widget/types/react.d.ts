/** `<trunkline-chat>` in JSX of React 19; for Preact and others declare it in their `JSX.IntrinsicElements` likewise. */
import type { TrunklineAttributes, TrunklineChatElement } from "./trunkline";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "trunkline-chat": TrunklineAttributes & {
        key?: string | number;
        className?: string;
        ref?: { current: TrunklineChatElement | null } | ((element: TrunklineChatElement | null) => unknown);
      };
    }
  }
}
