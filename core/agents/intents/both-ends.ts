/** Characters of a message that are read. */
const READ = 1_000;
const HEAD = 600;

/**
 * Of a longer text its beginning and its end: people greet and tell before they ask, and what they ask for stands at one of the
 * two. What is read costs the same from there on.
 */
export function bothEnds(text: string): string {
  return text.length > READ ? `${text.slice(0, HEAD)} ${text.slice(HEAD + 1 - READ)}` : text;
}
