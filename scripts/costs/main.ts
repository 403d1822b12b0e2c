import { Command, Option } from 'commander';
import { COST_GROUPS } from '../../core/crm/cost-report';
import { errorMessage } from '../../core/errors';
import { BUDGET_PERIODS, BUDGET_SCOPES } from '../../core/money/budgets';
import { setBudget, showBudgets } from './budget';
import { id, micros, percent, time } from './options';
import { reconcileFile } from './reconcile';
import { report } from './report';

const ERROR = 2;

const TENANT = ['--tenant <id>', 'of one project; without it, of all', id] as const;

const program = new Command('costs')
  .description('What the providers cost, by the ledger in DATABASE_URL, and whether their invoices say the same.')
  .showHelpAfterError()
  // 1 says that an invoice and the ledger differ, and nothing else does.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : ERROR));

program
  .command('reconcile')
  .description('Hold an invoice against the ledger and list the differences. Ends with 1 if there are any.')
  .argument(
    '<file>',
    'CSV with a header, or .json: provider, model, unit, quantity, amount_micros or amount_usd, request_id, date',
  )
  .option('--from <time>', 'when the invoice begins; without it, on the day (UTC) of its first line', time)
  .option('--to <time>', 'when it ends, not included; without it, after the day of its last line', time)
  .option('--tolerance <micros>', 'by how many micro-dollars two amounts may differ', micros)
  .option('--book', 'book what the invoice says of calls whose answer was lost')
  .option(...TENANT)
  .option('--json <file>', 'also write everything there')
  .action(reconcileFile);

program
  .command('report')
  .description('Show what was spent.')
  .addOption(new Option('--by <group>', 'add up by').choices(COST_GROUPS).default('provider'))
  .option('--from <time>', 'beginning', time)
  .option('--to <time>', 'end, not included', time)
  .option(...TENANT)
  .option('--json <file>', 'also write {by, rows, total} there, in micro-dollars')
  .action(report);

const budget = program.command('budget').description('Limit what may be spent.');

budget
  .command('list')
  .description('Show the budgets with what is spent now.')
  .addOption(new Option('--scope <scope>', 'only of one scope').choices(BUDGET_SCOPES))
  .option(...TENANT)
  .action(showBudgets);

budget
  .command('set')
  .description('Make a budget, or change the cap of the one there is.')
  .addOption(new Option('--scope <scope>', 'what it limits').choices(BUDGET_SCOPES).default('tenant'))
  .option('--subject <id>', 'the agent, campaign or conversation', id)
  .addOption(new Option('--period <period>', 'how long it lasts').choices(BUDGET_PERIODS).makeOptionMandatory())
  .requiredOption('--cap <micros>', 'the most that may be spent, in micro-dollars', micros)
  .option('--cheaper-percent <percent>', 'from here on the cheaper model', percent)
  .option('--defer-percent <percent>', 'from here on media, facts and vectors wait', percent)
  .option('--human-percent <percent>', 'from here on people answer', percent)
  .option('--tenant <id>', 'of this project; needed when there are several', id)
  .action(setBudget);

program.parseAsync().catch((error: unknown) => {
  console.error(errorMessage(error));
  process.exitCode = ERROR;
});
