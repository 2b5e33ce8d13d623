// GET /v1/account
import type { RequestHandler } from 'express';
import type { ApiContext } from '#api/api-context.ts';
import { callerOf } from '#api/authenticate.ts';
import type { AccountDocument } from '#api/schemas/account-schema.ts';
import { readAccount } from '#shared/account/read-account.ts';
import type { Account } from '#shared/account/read-account.ts';
import type { Config } from '#shared/config.ts';

export function showAccount(context: ApiContext): RequestHandler {
  return async (request, response) => {
    const account = await readAccount(context, callerOf(request).account);
    response.json(accountDocument(account, context.config));
  };
}

function accountDocument({ id, plan, balance }: Account, config: Config): AccountDocument {
  const { allowance, purchased, held, period, state, jobsActive, jobsWaiting } = balance;
  return {
    id,
    plan,
    state,
    credits: {
      available: allowance + purchased,
      allowance,
      purchased,
      held,
      monthlyAllowance: config.monthlyAllowanceCredits,
      period,
    },
    jobs: { active: jobsActive, waiting: jobsWaiting },
    limits: { ...config.limits, jobTtlSeconds: config.jobs.ttlSeconds },
  };
}
