// One cleanup run, for cron and for people: removes what is past its time, says what it removed, ends: with 0, or with 1 when
// some of it could not be cleaned. It may run while the workers' own schedule does.
import { runCleanup } from '#shared/cleanup/run-cleanup.ts';
import { runProcess } from '#shared/run-process.ts';

await runProcess('cleanup', async (context) => {
  const report = await runCleanup(context);
  context.log.info({ ...report }, 'cleanup');
  if (report.failures > 0) process.exitCode = 1;
});
