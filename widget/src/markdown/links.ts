const LINK_SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "mailto:", "tel:"]);
const MEDIA_SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "blob:"]);

/** An address that is safe to follow, or null: absolute, and of a scheme that cannot run anything. */
export function safeLink(address: string): string | null {
  const url = parse(address);
  return url !== null && LINK_SCHEMES.has(url.protocol) ? url.href : null;
}

/** An address that is safe to load a picture, sound or film from, or null. */
export function safeMedia(address: string, base: string): string | null {
  const url = parse(address, base);
  if (url === null) return null;
  if (url.protocol === "data:") return /^data:(image|audio|video)\/(?!svg)/i.test(address) ? url.href : null;
  return MEDIA_SCHEMES.has(url.protocol) ? url.href : null;
}

/** Does it load nothing but a file that the chat's server keeps, if anything? */
export function isOwnMedia(address: string, base: string): boolean {
  const url = parse(address);
  return url !== null && (url.protocol === "data:" || url.href.startsWith(new URL("media/", base).href));
}

export function hostOf(address: string): string {
  return parse(address)?.host ?? address;
}

function parse(address: string, base?: string): URL | null {
  return URL.canParse(address, base) ? new URL(address, base) : null;
}
