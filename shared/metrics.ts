// What operators watch. Labels come from closed sets (lanes, codes, operations), so that no client can make a new series.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

const secondsBuckets = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000];

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    requests: new Histogram({
      name: 'millrace_http_request_seconds',
      help: 'Time to answer, by route and status.',
      labelNames: ['method', 'route', 'status'],
      buckets: secondsBuckets,
      registers,
    }),
    jobsAccepted: new Counter({
      name: 'millrace_jobs_accepted_total',
      help: 'Jobs accepted (202), by lane.',
      labelNames: ['lane'],
      registers,
    }),
    jobsSettled: new Counter({
      name: 'millrace_jobs_settled_total',
      help: 'Jobs that reached a terminal state here, by lane, state and error code.',
      labelNames: ['lane', 'status', 'code'],
      registers,
    }),
    jobSeconds: new Histogram({
      name: 'millrace_job_run_seconds',
      help: 'From claim to settlement, by lane.',
      labelNames: ['lane'],
      buckets: secondsBuckets,
      registers,
    }),
    jobWaitSeconds: new Histogram({
      name: 'millrace_job_wait_seconds',
      help: 'From acceptance to first claim, by lane.',
      labelNames: ['lane'],
      buckets: secondsBuckets,
      registers,
    }),
    claimsLost: new Counter({
      name: 'millrace_claims_lost_total',
      help: 'Leases that had run out when another worker claimed the job.',
      labelNames: ['lane'],
      registers,
    }),
    commitsRefused: new Counter({
      name: 'millrace_commits_refused_total',
      help: 'Results of a worker that no longer held its claim (zombies).',
      labelNames: ['lane'],
      registers,
    }),
    slotsBusy: new Gauge({
      name: 'millrace_slots_busy',
      help: 'Slots at work, by lane.',
      labelNames: ['lane'],
      registers,
    }),
    cleanupRemoved: new Counter({
      name: 'millrace_cleanup_removed_total',
      help: 'What cleanup removed, by kind.',
      labelNames: ['kind'],
      registers,
    }),
  };
}

/** Process memory, event loop lag and the like; apart, because it starts timers that a test does not want. */
export function collectProcessMetrics(metrics: Metrics): void {
  collectDefaultMetrics({ register: metrics.registry });
}
