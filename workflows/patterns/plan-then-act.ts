/**
 * The whole plan first, then its steps in order, then what they came to. Nothing is chosen by what a step before it found, so
 * that a plan can be checked, counted and shown before any of it runs. A plan with faults is made once more; what is wrong
 * with the second one stays out of it.
 *
 * @returns what concludes it, or why there was no plan
 */
export async function planThenAct<Step, Outcome, Failure extends string>(of: {
  plan: (attempt: 1 | 2) => Promise<{ steps: readonly Step[]; hasFaults: boolean } | Failure>;
  act: (step: Step) => Promise<void>;
  conclude: () => Promise<Outcome>;
}): Promise<Outcome | Failure> {
  let planned = await of.plan(1);
  if (typeof planned !== 'string' && planned.hasFaults) planned = await of.plan(2);
  if (typeof planned === 'string') return planned;
  for (const step of planned.steps) await of.act(step);
  return of.conclude();
}
