import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  define: { MATH_FONTS: "[]", VOICE_WORKLET: '"voice_worklet.js"' },
  test: { include: ["test/unit/**/*.test.{ts,tsx}"], environment: "node" },
});
