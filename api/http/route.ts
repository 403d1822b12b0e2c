import type { Request, Response } from 'express';
import { ZodObject, type z } from 'zod';
import type { Scope } from '../../core/accounts/scopes';
import { AppError } from '../../core/errors';
import { refuseUnstorableText } from '../unstorable-text';
import { validationError } from './errors';

/** Whose request this is. The tenant comes from the key and from nowhere else. */
export interface Caller {
  tenantId: string;
  userId: string;
  keyId: string;
  scopes: readonly Scope[];
}

export interface RouteContext<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  requestId: string;
  request: Request;
  /** For headers. The body is what the handler returns. */
  response: Response;
}

/** Deny by default: a route names the scope it needs (`self` = any valid key), or says that it is public. */
type Access<P, Q, B, R> =
  | {
      scope: Scope | 'self';
      public?: undefined;
      handler: (context: RouteContext<P, Q, B> & { caller: Caller }) => Promise<R> | R;
    }
  | { public: true; scope?: undefined; handler: (context: RouteContext<P, Q, B>) => Promise<R> | R };

interface RouteShape<P, Q, B, R> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** OpenAPI form, for example `/api/v1/contacts/{id}`. */
  path: string;
  tag: string;
  summary: string;
  description?: string;
  params?: z.ZodType<P>;
  query?: z.ZodType<Q>;
  body?: z.ZodType<B>;
  /** Bodies that the handler reads from the request itself, by content type, as the document shows them. */
  rawBodies?: Record<string, z.ZodType>;
  headers?: z.ZodObject;
  response: {
    status: number;
    description: string;
    body: z.ZodType<unknown, R> | null;
    /** The content type of a body that the handler writes itself. */
    streams?: string;
    /** What each event of a stream carries; without it the stream is text. */
    streamed?: z.ZodType;
    /** Other statuses with the same body, and when. */
    alsoStatuses?: Record<number, string>;
  };
}

export type RouteDefinition<P, Q, B, R> = RouteShape<P, Q, B, R> & Access<P, Q, B, R>;

/** A route with its types erased, as the router and the document need it. */
export interface Route {
  method: RouteShape<unknown, unknown, unknown, unknown>['method'];
  path: string;
  tag: string;
  summary: string;
  description: string | undefined;
  scope: Scope | 'self' | null;
  params: z.ZodType | undefined;
  query: z.ZodType | undefined;
  body: z.ZodType | undefined;
  rawBodies: Record<string, z.ZodType>;
  headers: z.ZodObject | undefined;
  response: {
    status: number;
    description: string;
    body: z.ZodType | null;
    streams?: string;
    streamed?: z.ZodType;
    alsoStatuses?: Record<number, string>;
  };
  /** Validates, runs the handler and answers. `caller` is null exactly for public routes. */
  run(request: Request, response: Response, caller: Caller | null): Promise<void>;
}

/**
 * The one way to make a route: the same definition is the Express route, its validation and its entry in the OpenAPI
 * document, so they cannot disagree. The answer is parsed with its schema too: a field that is not in the document does
 * not leave the process.
 */
export function route<P = unknown, Q = unknown, B = unknown, R = unknown>(
  definition: RouteDefinition<P, Q, B, R>,
): Route {
  return {
    method: definition.method,
    path: definition.path,
    tag: definition.tag,
    summary: definition.summary,
    description: definition.description,
    scope: definition.public ? null : definition.scope,
    params: definition.params,
    query: definition.query,
    body: definition.body,
    rawBodies: definition.rawBodies ?? {},
    headers: definition.headers,
    response: definition.response,
    async run(request, response, caller) {
      refuseUnstorableText(request.params, 'path');
      refuseUnstorableText(request.query, 'query');
      refuseUnstorableText(request.body, 'body');
      const context: RouteContext<P, Q, B> = {
        params: parseParams(definition.params, request.params),
        query: parse(definition.query, request.query, 'query'),
        body: parse(definition.body, request.body, 'body'),
        requestId: String(response.locals['requestId']),
        request,
        response,
      };
      const result = await runHandler(definition, context, caller);
      answer(definition.response, result, response);
    },
  };
}

function runHandler<P, Q, B, R>(
  definition: RouteDefinition<P, Q, B, R>,
  context: RouteContext<P, Q, B>,
  caller: Caller | null,
): Promise<R> | R {
  if (definition.public) return definition.handler(context);
  if (!caller) throw new AppError('INTERNAL_ERROR', 'A route with a scope ran without a caller');
  return definition.handler({ ...context, caller });
}

function answer<R>(shape: { status: number; body: z.ZodType<unknown, R> | null }, result: R, response: Response): void {
  if (response.headersSent) return;
  // A handler that knows better than the default (a replayed answer, an unready probe) has set the status.
  if (response.statusCode === 200) response.status(shape.status);
  if (shape.body === null) response.end();
  else response.json(shape.body.parse(result));
}

function parse<T>(schema: z.ZodType<T> | undefined, value: unknown, where: 'query' | 'body'): T {
  if (!schema) return undefined as T;
  const result = schema.safeParse(value ?? {});
  if (!result.success)
    throw validationError(result.error, where, schema instanceof ZodObject ? Object.keys(schema.shape) : []);
  return result.data;
}

/** A path that cannot be an id is the path of nothing. */
function parseParams<T>(schema: z.ZodType<T> | undefined, value: unknown): T {
  if (!schema) return undefined as T;
  const result = schema.safeParse(value);
  if (!result.success) throw new AppError('NOT_FOUND', 'There is nothing at this path');
  return result.data;
}
