// The whole API on one screen: what every request passes through, and which route answers it.
import express from 'express';
import type { Express, RequestHandler } from 'express';
import helmet from 'helmet';
import { AppError } from '#shared/errors.ts';
import type { ApiContext } from './api-context.ts';
import { authenticate, refuseTokenInUrl } from './authenticate.ts';
import { observeRequest } from './observe-request.ts';
import { reportError } from './report-error.ts';
import { register } from './routes/account/register.ts';
import { showAccount } from './routes/account/show-account.ts';
import { cancelJob } from './routes/jobs/cancel-job.ts';
import { deleteJob } from './routes/jobs/delete-job.ts';
import { downloadResult } from './routes/jobs/download-result.ts';
import { downloadResultsZip } from './routes/jobs/download-results-zip.ts';
import { listJobs } from './routes/jobs/list-jobs.ts';
import { runOperation } from './routes/jobs/run-operation.ts';
import { showJob } from './routes/jobs/show-job.ts';
import { submitJob } from './routes/jobs/submit-job.ts';
import { listOperations } from './routes/operations/list-operations.ts';
import { showOperation } from './routes/operations/show-operation.ts';
import { showLivez } from './routes/platform/show-livez.ts';
import { showOpenApi } from './routes/platform/show-openapi.ts';
import { showReadyz } from './routes/platform/show-readyz.ts';
import { showRoot } from './routes/platform/show-root.ts';
import { showStatus } from './routes/platform/show-status.ts';

interface Route {
  readonly get?: readonly RequestHandler[];
  readonly post?: readonly RequestHandler[];
  readonly delete?: readonly RequestHandler[];
}

export type Routes = Readonly<Record<string, Route>>;

/** Every path of the API and what answers there; HEAD is answered where GET is. */
export function routesOf(context: ApiContext): Routes {
  const may = authenticate(context);
  return {
    '/': { get: [showRoot()] },
    '/livez': { get: [showLivez()] },
    '/readyz': { get: [showReadyz(context)] },
    '/v1/status': { get: [showStatus(context)] },
    '/v1/openapi.json': { get: [showOpenApi()] },
    '/v1/operations': { get: [listOperations()] },
    '/v1/operations/:name': { get: [showOperation()] },
    '/v1/operations/:family/:name': { get: [showOperation()] },
    '/v1/register': { post: [register(context)] },
    '/v1/account': { get: [may('account:read'), showAccount(context)] },
    '/v1/jobs': {
      get: [may('jobs:read'), listJobs(context)],
      post: [may('jobs:write'), submitJob(context)],
    },
    '/v1/run/:operation': { post: [may('jobs:write'), runOperation(context)] },
    '/v1/run/:family/:operation': { post: [may('jobs:write'), runOperation(context)] },
    '/v1/jobs/:id': {
      get: [may('jobs:read'), showJob(context)],
      delete: [may('jobs:write'), deleteJob(context)],
    },
    '/v1/jobs/:id/cancel': { post: [may('jobs:write'), cancelJob(context)] },
    '/v1/jobs/:id/results.zip': { get: [may('jobs:read'), downloadResultsZip(context)] },
    '/v1/jobs/:id/results/:index': { get: [may('jobs:read'), downloadResult(context)] },
  };
}

export function createApp(context: ApiContext): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('strict routing').enable('case sensitive routing');
  app.use(observeRequest(context), securityHeaders(), noStore, refuseTokenInUrl);
  for (const [path, route] of Object.entries(routesOf(context))) mount(app, path, route);
  app.use(() => {
    throw new AppError('not_found');
  });
  app.use(reportError(context));
  return app;
}

function mount(app: Express, path: string, { get, post, delete: remove }: Route): void {
  const allowed = [get && 'GET, HEAD', post && 'POST', remove && 'DELETE'].filter(Boolean).join(', ');
  const route = app.route(path);
  if (get) route.get(...get);
  if (post) route.post(...post);
  if (remove) route.delete(...remove);
  route.all((request, response) => {
    response.setHeader('Allow', allowed);
    throw new AppError('method_not_allowed', { detail: `${request.method} is not among ${allowed}.` });
  });
}

/** Nothing here is a page: whatever a browser makes of an answer, it may load and run nothing. */
function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], sandbox: [] } },
    // Whether this is reached by TLS is for what stands in front to know and to say.
    strictTransportSecurity: false,
  }) as RequestHandler;
}

/** Answers are one account's own and change; the routes that send files say otherwise. */
const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};
