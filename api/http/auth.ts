import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { signUp } from '../../core/accounts/sign-up';
import { AppError } from '../../core/errors';
import type { EdgeDeps } from './edge';
import { route, type Route } from './route';
import { uuid, z } from './zod';

/** Domain reference, section 11: 5 a minute. Counted per process and address. */
const ATTEMPTS_PER_MINUTE = 5;

const registerBody = z
  .object({
    name: z.string().trim().min(1).max(200),
    email: z.email().max(254),
    password: z.string().min(10, 'must have at least 10 characters').max(200),
    project_name: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .openapi({ description: 'The name of the user if absent' }),
  })
  .strict()
  .openapi('Registration');

const registeredSchema = z
  .object({
    user_id: uuid(),
    project_id: uuid(),
    api_key: z.string().openapi({ description: 'Shown this once. It has every scope.' }),
  })
  .openapi('Registered');

const infoSchema = z
  .object({ user_id: uuid(), project_id: uuid(), key_id: uuid(), scopes: z.array(z.string()) })
  .openapi('AuthInfo');

export function authRoutes({ db }: EdgeDeps): Route[] {
  const limiter = new RateLimiterMemory({ points: ATTEMPTS_PER_MINUTE, duration: 60 });
  return [
    route({
      method: 'post',
      path: '/api/v1/auth/register',
      tag: 'auth',
      summary: 'Sign up: a user, a project and a first API key',
      description: `At most ${ATTEMPTS_PER_MINUTE} a minute from one address. An e-mail that has an account answers ALREADY_EXISTS and never a key.`,
      public: true,
      body: registerBody,
      response: { status: 201, description: 'Signed up', body: registeredSchema },
      async handler({ body, request }) {
        await countAttempt(limiter, request.ip ?? 'unknown');
        const { name, email, password } = body;
        const account = await signUp(db, { name, email, password, projectName: body.project_name ?? name });
        return { user_id: account.userId, project_id: account.tenantId, api_key: account.apiKey };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/auth/info',
      tag: 'auth',
      summary: 'Whose key this is and what it may do',
      scope: 'self',
      response: { status: 200, description: 'The key', body: infoSchema },
      handler: ({ caller }) => ({
        user_id: caller.userId,
        project_id: caller.tenantId,
        key_id: caller.keyId,
        scopes: [...caller.scopes],
      }),
    }),
  ];
}

async function countAttempt(limiter: RateLimiterMemory, address: string): Promise<void> {
  try {
    await limiter.consume(address);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    throw new AppError('RATE_LIMIT_EXCEEDED', 'Too many sign-ups from this address; wait a minute', {
      retryAfterMs: refusal.msBeforeNext,
    });
  }
}
