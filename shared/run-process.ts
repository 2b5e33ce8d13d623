// What every process of the platform does around its work: read the configuration, open the ports, close them, and end
// with an exit code that a supervisor understands. Whatever prevents the start is said in words on standard error.
import { ConfigError, parseConfig } from '#shared/config.ts';
import { closeContext, openContext } from '#shared/context.ts';
import type { Context } from '#shared/context.ts';

/** What sysexits.h calls EX_CONFIG: a supervisor need not start this again. */
const wrongConfiguration = 78;

/** `role` is the process's name in the logs. Ends the process: 0 (or what the work set as process.exitCode), 1 when it fails, 78 for a wrong configuration. */
export async function runProcess(role: string, work: (context: Context) => Promise<void>): Promise<never> {
  // What is kept is for this user alone, also in a folder that others may look into.
  process.umask(0o077);
  try {
    const context = await openContext(parseConfig(process.env), role);
    await work(context);
    await closeContext(context);
    // A stray timer must not keep a process whose work is done.
    process.exit();
  } catch (error) {
    const wrong = error instanceof ConfigError;
    const said = error instanceof Error ? error.message : String(error);
    process.stderr.write(wrong ? `${said}\n` : `The ${role} could not start or stop: ${said}\n`);
    process.exit(wrong ? wrongConfiguration : 1);
  }
}
