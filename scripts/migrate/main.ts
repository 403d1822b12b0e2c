import { Command } from 'commander';
import { errorMessage } from '../../core/errors';
import { migrate } from '../../core/database/migrate';

/** Applies the migrations to DATABASE_URL and ends. Made for a job that runs before the API and the workers start. */
async function main({ json }: { json?: boolean }): Promise<void> {
  const url = process.env['DATABASE_URL'];
  if (!url)
    throw new Error('DATABASE_URL is not set: the database to migrate, postgresql://user:password@host:5432/name');
  const applied = await migrate(url);
  if (json) console.log(JSON.stringify({ applied }));
  else console.log(applied.length > 0 ? `Applied ${applied.join(', ')}` : 'The database is up to date');
}

const program = new Command('migrate')
  .description('Applies the database migrations to DATABASE_URL.')
  .option('--json', 'print {"applied": […]}')
  .action(main);

program.parseAsync().catch((error: unknown) => {
  console.error(errorMessage(error));
  process.exitCode = 1;
});
