import { firstThat } from '../patterns/sequential';
import { failureCode } from './failures';

/** The answer of the first model of a chain that gives one, and the codes of those before it that gave none. */
export async function askChain<Answer>(
  providers: readonly string[],
  ask: (provider: string) => Promise<Answer>,
): Promise<{ answer: Answer | null; codes: string[] }> {
  const codes: string[] = [];
  const answer = await firstThat(providers, async (provider) => {
    try {
      return await ask(provider);
    } catch (error) {
      codes.push(failureCode(error));
      return null;
    }
  });
  return { answer, codes };
}

/** Why a chain gave no answer: what all of its models lack is told by the last. */
export function reasonOf(codes: readonly string[]): string {
  return codes.at(-1) ?? 'PROVIDER_NOT_CONFIGURED';
}
