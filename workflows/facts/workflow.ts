import { findFacts } from './find-facts';
import type { ExtractFactsInput, ExtractFactsResult } from './types';

/** What the customer said becomes facts. */
export async function extractFactsWorkflow(input: ExtractFactsInput): Promise<ExtractFactsResult> {
  return { factIds: await findFacts(input) };
}
