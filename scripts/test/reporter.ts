import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** What the run came to, written to the file named by VENTROS_TEST_SUMMARY for the process that prints the last line. */
export interface TestSummary {
  passed: number;
  failed: number;
  skipped: number;
}

/** mocha's own output, followed by a file with the counts. */
class SummaryReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const file = process.env['VENTROS_TEST_SUMMARY'];
      const { passes, failures, pending } = this.stats;
      const summary: TestSummary = { passed: passes, failed: failures, skipped: pending };
      if (file) writeFileSync(file, JSON.stringify(summary));
    });
  }
}

// mocha takes the module itself as the reporter.
module.exports = SummaryReporter;
