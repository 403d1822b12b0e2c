import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { evaluateAgents } from './agents';
import { evaluateFactUpdates } from './fact-updates';
import { evaluateIntents, readLabelled, tableOf } from './intents';
import { evaluateLocomo } from './locomo';
import { evaluateMemoryPt } from './memory-pt';

const program = new Command('eval')
  .description('Measures quality on labelled data, through the code that serves customers.')
  .showHelpAfterError();

program
  .command('locomo')
  .description(
    'the share of evidence that memory search finds in the LoCoMo conversations (which are not part of this project)',
  )
  .option('--data <file>', 'locomo10.json', '../shared/data/locomo/locomo10.json')
  .option('--tuning', 'only the two conversations that weights are tuned on', false)
  .option('--all-strategies', 'every strategy on every question, not on one in five (a quarter of an hour)', false)
  .option('--json <file>', 'also write the report there')
  .action(async ({ data, json, ...how }: { data: string; json?: string; tuning: boolean; allStrategies: boolean }) => {
    show(await evaluateLocomo({ dataFile: data, ...how, ...(json ? { jsonFile: json } : {}) }));
  });

program
  .command('memory-pt')
  .description(
    'the share of evidence that memory search finds in our own Brazilian chats, and whether it can say nothing',
  )
  .option('--tuning', 'only the contacts that weights are tuned on, only the default and the legs', false)
  .option(
    '--misses',
    'show what was not within the first ten; of the tuning part only, so that nobody tunes on the rest',
    false,
  )
  .option('--json <file>', 'also write the report there')
  .action(async ({ json, ...how }: { json?: string; tuning: boolean; misses: boolean }) => {
    show(await evaluateMemoryPt({ ...how, ...(json ? { jsonFile: json } : {}) }));
  });

program
  .command('fact-updates')
  .description('facts that change over time: the current value first, the old one as of its time, nothing else ended')
  .option('--json <file>', 'also write the report there')
  .action(async ({ json }: { json?: string }) => show(await evaluateFactUpdates(json ? { jsonFile: json } : {})));

program
  .command('intents')
  .description('the intent router: accuracy, F1 of each intent, confusion, calibration')
  .requiredOption('--data <file>', 'JSON objects, one a line, with text and intent')
  .option('--json <file>', 'also write the report there')
  .action(async ({ data, json }: { data: string; json?: string }) => {
    const report = await evaluateIntents(readLabelled(data));
    console.log(tableOf(report));
    if (json) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  });

program
  .command('agents')
  .description('written conversations with the team, played against the whole product with a model that does not vary')
  .argument('[case...]', 'only these, by id or its beginning')
  .option('--json <file>', 'also write the report there')
  .action(async (only: string[], { json }: { json?: string }) => {
    const report = await evaluateAgents({ only, ...(json ? { jsonFile: json } : {}) });
    show(report);
    if (report.failed.length > 0) process.exitCode = 1;
  });

function show(report: object | null): void {
  if (report) console.log(JSON.stringify(report, null, 2));
}

program.parseAsync().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
