import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** What the run came to, written to the file named by VENTROS_TEST_SUMMARY for the process that prints the last line. */
export interface TestSummary {
  passed: number;
  failed: number;
  skipped: number;
  /** How long each file took, hooks included, by its compiled path. */
  seconds: Record<string, number>;
}

/** mocha's own output, followed by a file with the counts and times. */
class SummaryReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_RUN_END } = Mocha.Runner.constants;
    const seconds: Record<string, number> = {};
    let begunAt = 0;
    const isOfFile = (suite: Mocha.Suite) => suite.parent?.root === true;
    runner.on(EVENT_SUITE_BEGIN, (suite) => {
      if (isOfFile(suite)) begunAt = Date.now();
    });
    runner.on(EVENT_SUITE_END, (suite) => {
      if (!isOfFile(suite) || !suite.file) return;
      seconds[suite.file] = (seconds[suite.file] ?? 0) + (Date.now() - begunAt) / 1000;
    });
    runner.once(EVENT_RUN_END, () => {
      const file = process.env['VENTROS_TEST_SUMMARY'];
      const { passes, failures, pending } = this.stats;
      const summary: TestSummary = { passed: passes, failed: failures, skipped: pending, seconds };
      if (file) writeFileSync(file, JSON.stringify(summary));
    });
  }
}

// mocha takes the module itself as the reporter.
module.exports = SummaryReporter;
