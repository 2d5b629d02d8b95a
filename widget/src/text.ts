/** A size for people: "640 B", "1.2 MB". */
export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ""}`;
}

/** Seconds for people: "0.8", "12". */
export function seconds(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}
