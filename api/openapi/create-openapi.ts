// The OpenAPI 3.1 document, generated from the very schemas that check requests and describe answers. It is committed as
// docs/openapi.json, so that a change of the API is seen as one.
import { createDocument } from 'zod-openapi';
import { version } from '../version.ts';
import { jobPaths } from './job-paths.ts';
import { platformPaths } from './platform-paths.ts';

export function createOpenApi(): ReturnType<typeof createDocument> {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Millrace',
      version,
      description:
        'Submit files, say what should be done to them, fetch the results. Errors are problem documents (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key, from POST /v1/register.' },
      },
    },
    paths: { ...platformPaths, ...jobPaths },
  });
}
