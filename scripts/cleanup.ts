// One cleanup run, for cron and for people: removes what is past its time, says what it removed, ends. It may run while the
// workers' own schedule does.
import { runCleanup } from '#shared/cleanup/run-cleanup.ts';
import { runProcess } from '#shared/run-process.ts';

await runProcess('cleanup', async (context) => {
  const report = await runCleanup(context);
  context.log.info({ ...report }, 'cleanup');
});
