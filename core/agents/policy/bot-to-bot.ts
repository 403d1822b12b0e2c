/** A message of a conversation, as the detector sees it. */
export interface Line {
  /** Whether it is an answer of an agent. Messages of people of the company are left out before. */
  fromBot: boolean;
  text: string;
  at: Date;
}

/** The rule on the decision record. */
export const BOT_TO_BOT = 'bot_to_bot';
/** A conversation with another bot is answered less often than this: the turn after so many such answers asks for a person. */
export const MAX_BOT_ANSWERS = 5;
/** A fast typist writes 10 characters a second on a keyboard; nobody reads an answer and types faster than this. */
const FASTEST_TYPING_CHARS_PER_S = 15;
/** Below it, speed and sameness say nothing: "ok", "sim". */
const SHORTEST_TELLING_CHARS = 12;
/** A message that came in the same moment would have any speed. */
const LEAST_MS = 500;

/**
 * Whether the customer is a machine too: each of its last answers came faster than anybody types, repeats itself, or
 * repeats the agent. One such answer is a pasted text; so many in a row are two bots that would go on for ever.
 *
 * @param lines oldest first, the newest being what is to be answered now
 */
export function isBotToBot(lines: readonly Line[]): boolean {
  const answers: boolean[] = [];
  const said = new Set<string>();
  let own: Line | null = null;
  for (const line of lines) {
    if (line.fromBot) {
      own = line;
      continue;
    }
    const text = bare(line.text);
    // Only the first line after an answer answers it.
    if (own) answers.push(isLikeMachine(line, text, own, said));
    own = null;
    said.add(text);
  }
  const last = answers.slice(-MAX_BOT_ANSWERS);
  return last.length === MAX_BOT_ANSWERS && last.every(Boolean);
}

function isLikeMachine(line: Line, text: string, own: Line, said: ReadonlySet<string>): boolean {
  if (text.length < SHORTEST_TELLING_CHARS) return false;
  if (said.has(text) || text === bare(own.text)) return true;
  const seconds = Math.max(LEAST_MS, line.at.getTime() - own.at.getTime()) / 1000;
  return text.length / seconds > FASTEST_TYPING_CHARS_PER_S;
}

/** Bots count: "Pedido 17", "Pedido 18" is the same text. */
function bare(text: string): string {
  return text
    .toLowerCase()
    .replace(/\d+/g, '#')
    .replace(/[^\p{L}#]+/gu, ' ')
    .trim();
}
