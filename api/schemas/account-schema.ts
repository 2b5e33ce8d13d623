// Accounts and their keys, as clients see them.
import { z } from 'zod';
import { scopes } from '#shared/account/key.ts';

export const registerRequestSchema = z
  .strictObject({ invite: z.string().max(1000).optional().describe('Where registration needs one.') })
  .meta({ id: 'RegisterRequest' });

export const registrationSchema = z
  .strictObject({
    account: z.string(),
    key: z.strictObject({
      id: z.string(),
      value: z.string().describe('The whole key, for `Authorization: Bearer`. Shown once.'),
      scopes: z.array(z.enum(scopes)),
    }),
  })
  .meta({ id: 'Registration' });

const credits = z.int().min(0);

export const accountSchema = z
  .strictObject({
    id: z.string(),
    plan: z.string(),
    state: z.enum(['active', 'suspended', 'closing']),
    credits: z.strictObject({
      available: credits.describe('What new jobs can use: allowance and purchased together.'),
      allowance: credits.describe('What is left of the monthly allowance.'),
      purchased: credits,
      held: credits.describe('Set aside for jobs that have not ended.'),
      monthlyAllowance: credits,
      period: z.string().describe('The month of the allowance, in UTC: `2026-11`.'),
    }),
    jobs: z.strictObject({ active: z.int().min(0), waiting: z.int().min(0) }),
    limits: z.strictObject({
      fileBytesMax: z.int(),
      requestBytesMax: z.int(),
      inputsMax: z.int(),
      transferSecondsMax: z.int(),
      waitSecondsMax: z.int(),
      jobTtlSeconds: z.int(),
    }),
  })
  .meta({ id: 'Account' });

export type AccountDocument = z.output<typeof accountSchema>;
