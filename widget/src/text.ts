/** A size for people: "640 byte", "1.2 MB", as `locale` writes it. */
export function bytes(size: number, locale?: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const maximumFractionDigits = unit === 0 || value >= 100 ? 0 : 1;
  return value.toLocaleString(locale, { style: "unit", unit: units[unit] ?? "byte", maximumFractionDigits });
}

/** Seconds for people: "0.8", "12". */
export function seconds(value: number, locale?: string): string {
  const digits = value < 10 ? 1 : 0;
  return value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
