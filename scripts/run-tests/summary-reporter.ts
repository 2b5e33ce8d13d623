// Mocha's ordinary output, plus the two numbers that the summary adds up, written to the file that
// TEST_SUMMARY_FILE names. Nothing is written when the run breaks off: a folder that says nothing has failed.
import fs from 'node:fs';
import process from 'node:process';
import Mocha from 'mocha';

export default class SummaryReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures } = this.stats;
      const file = process.env.TEST_SUMMARY_FILE;
      if (file !== undefined) fs.writeFileSync(file, JSON.stringify({ passed: passes, failed: failures }));
    });
  }
}
