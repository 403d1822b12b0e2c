import type { Shop, Stage } from './stage';

export interface Question {
  /** GET without it. */
  method?: string;
  /** An object is sent as JSON, a string as it is. */
  body?: object | string;
}

/** Asks the API with a shop's own key. @param route of the API: `/api/v1/contacts` */
export function ask(
  { apiUrl }: Pick<Stage, 'apiUrl'>,
  { apiKey }: Pick<Shop, 'apiKey'>,
  route: string,
  { method = 'GET', body }: Question = {},
): Promise<Response> {
  return fetch(`${apiUrl}${route}`, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: typeof body === 'object' ? JSON.stringify(body) : body,
  });
}
