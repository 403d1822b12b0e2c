import type { LoadedTenant } from './load';
import { below, NOISES, type Random, type World } from './world';

export interface BenchQuestion {
  tenantId: string;
  contactId: string;
  query: string;
  vector: number[];
}

const WORDS_ASKED = 3;
/** Every fifth question holds a typing error. */
const TYPING_ERROR_SHARE = 0.2;

/** Questions about what somebody said: some of its words, and a vector of its topic. No two are the same. */
export function askAbout(
  tenants: readonly LoadedTenant[],
  { count, world, random }: { count: number; world: World; random: Random },
): BenchQuestion[] {
  return Array.from({ length: count }, () => {
    const tenant = pick(tenants, random);
    return questionAbout(tenant, pick(tenant.messages, random), { world, random });
  });
}

/** One about each contact: after them a server has read what there is of all. */
export function askAboutEach(
  tenants: readonly LoadedTenant[],
  { world, random }: { world: World; random: Random },
): BenchQuestion[] {
  return tenants.flatMap((tenant) => {
    const oneOfEach = new Map(tenant.messages.map((message) => [message.contactId, message]));
    return [...oneOfEach.values()].map((message) => questionAbout(tenant, message, { world, random }));
  });
}

function questionAbout(
  { tenantId }: LoadedTenant,
  { contactId, text, topic: topicNo }: LoadedTenant['messages'][number],
  { world, random }: { world: World; random: Random },
): BenchQuestion {
  const words = text.replace('?', '').split(' ');
  const asked = Array.from({ length: WORDS_ASKED }, () => pick(words, random));
  if (random() < TYPING_ERROR_SHARE) asked[0] = misspelt(asked[0] ?? '');
  const topic = world.topics[topicNo] ?? [];
  const noise = world.noises[below(random, NOISES)] ?? [];
  const other = world.noises[below(random, NOISES)] ?? [];
  const vector = topic.map((value, index) => value + (noise[index] ?? 0) + (other[index] ?? 0));
  return { tenantId, contactId, query: asked.join(' '), vector };
}

function misspelt(word: string): string {
  const middle = Math.floor(word.length / 2);
  return `${word.slice(0, middle)}k${word.slice(middle + 1)}`;
}

function pick<T>(list: readonly T[], random: Random): T {
  const one = list[below(random, list.length)];
  if (one === undefined) throw new Error('nothing to choose from');
  return one;
}
