import express, { type Router } from 'express';
import { getAbsoluteFSPath } from 'swagger-ui-dist';
import { DOCS_PAGE_POLICY } from './security-headers';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Ventros API</title>
<link rel="icon" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, persistAuthorization: false });
`;

/** The API document as a page. Everything comes from this process: no CDN, so it also works in a closed network. */
export function docsPage(): Router {
  const router = express.Router();
  router.use((_request, response, next) => {
    response.setHeader('Content-Security-Policy', DOCS_PAGE_POLICY);
    next();
  });
  router.get('/', (_request, response) => {
    response.type('html').send(PAGE);
  });
  router.get('/start.js', (_request, response) => {
    response.type('text/javascript').send(START);
  });
  router.use('/assets', express.static(getAbsoluteFSPath(), { index: false }));
  return router;
}
