import type { ConversationItem } from "../protocol";

type Titles = readonly ConversationItem[];

/**
 * The known titles with those that have come: a `page` goes behind them, the newest anew before them. A list of fewer
 * than `full` newest ones is all there is.
 */
export function merged(known: Titles, come: Titles, page: boolean, full: number): Titles {
  const fresh = new Set(come.map((item) => item.conversation));
  const others = known.filter((item) => !fresh.has(item.conversation));
  if (page) return [...others, ...come];
  const oldest = come.at(-1)?.updated_at ?? 0;
  return [...come, ...(come.length < full ? [] : others.filter((item) => item.updated_at <= oldest))];
}
