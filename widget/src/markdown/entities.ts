/** `text` with HTML character references (`&amp;`, `&#8230;`) as the characters they stand for. */
export function decodeEntities(text: string): string {
  if (!text.includes("&") || !text.includes(";")) return text;
  // The parser drops white space at the start of a body, hence the sign in front.
  const page = new DOMParser().parseFromString(`.${text.replaceAll("<", "&lt;")}`, "text/html");
  return page.body.textContent.slice(1);
}
