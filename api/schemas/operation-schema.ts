// The catalogue as clients see it.
import { z } from 'zod';

export const operationSchema = z
  .strictObject({
    name: z.string(),
    family: z.string(),
    summary: z.string(),
    url: z.string().describe('Relative to the server.'),
    lane: z.string().describe('The queue its jobs wait in.'),
    accepts: z.array(z.strictObject({ mediaType: z.string(), extension: z.string() })),
    params: z.record(z.string(), z.unknown()).describe('A JSON Schema (2020-12).'),
    price: z.string().describe('Credits for one input file.'),
    deadlineSeconds: z.int().describe('The longest it may run on one input file.'),
    example: z.strictObject({ file: z.string(), params: z.record(z.string(), z.unknown()) }),
  })
  .meta({ id: 'Operation' });

export type OperationDocument = z.output<typeof operationSchema>;

export const operationListSchema = z.strictObject({
  items: z.array(operationSchema),
  next: z.null().describe('The catalogue is one page.'),
});
