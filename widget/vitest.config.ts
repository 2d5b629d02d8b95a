import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  define: { MATH_FONTS: "[]" },
  test: { include: ["test/unit/**/*.test.{ts,tsx}"], environment: "node" },
});
