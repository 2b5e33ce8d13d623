// What the platform says about itself.
import { z } from 'zod';

export const rootSchema = z.strictObject({
  name: z.string(),
  openapi: z.string(),
  status: z.string(),
  operations: z.string(),
});

export const healthSchema = z.strictObject({ status: z.literal('ok') });

export const statusSchema = z
  .strictObject({
    version: z.string(),
    time: z.iso.datetime().describe('The server’s clock, RFC 3339, UTC.'),
    timeZone: z.literal('UTC').describe('Of every date in this API.'),
    backend: z.string(),
    uptimeSeconds: z.int().min(0).describe('Of the node that answered.'),
    draining: z.boolean(),
  })
  .meta({ id: 'Status' });
