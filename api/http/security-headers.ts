import type { RequestHandler } from 'express';

const HEADERS: Record<string, string> = {
  // An API answers data: nothing of it is to be framed, sniffed, run or kept.
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
  // Browsers ignore it over plain HTTP, so it only takes effect where TLS ends in front of us.
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
};

/** CORS is off: without these answers carrying an allowed origin, browsers of other sites cannot read them. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  next();
};

/** For the one page we serve. Swagger UI sets style attributes and draws its icons from data URLs. */
export const DOCS_PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "frame-ancestors 'none'";
