import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../core/project-root';
import { documentPaths, readTexts } from './documents';

const FOLDERS = 'api|activities|core|config|docker|docs|prisma|proto|scripts|simulator|test|workers|workflows';

describe('the documents', () => {
  for (const document of documentPaths()) {
    const [text = ''] = readTexts([document]);

    it(`${document} links to files and headings that exist`, () => {
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [file = '', heading] = target.split('#');
        const place = file === '' ? document : path.join(path.dirname(document), file);
        assert.ok(existsSync(path.join(projectRoot(), place)), `${target}: there is no ${place}`);
        if (heading) assert.ok(headingsOf(place).includes(heading), `${target}: ${place} has no such heading`);
      }
    });

    it(`${document} names paths that exist`, () => {
      for (const [, name = ''] of text.matchAll(new RegExp(`\`((?:${FOLDERS})/[\\w./-]*)\``, 'g'))) {
        assert.ok(existsSync(path.join(projectRoot(), name)), `there is no ${name}`);
      }
    });

    it(`${document} names npm scripts that exist`, () => {
      const { scripts } = JSON.parse(readFileSync(path.join(projectRoot(), 'package.json'), 'utf8'));
      for (const [, name = ''] of text.matchAll(/npm run ([a-z][\w:-]*)/g)) {
        assert.ok(Object.hasOwn(scripts, name), `there is no script ${name}`);
      }
    });

    it(`${document} names routes that exist`, () => {
      const routes = readTexts(['api/http'], /\.ts$/).flatMap((code) =>
        [...code.matchAll(/'(\/(?:api\/v1|health)[^']*)'/g)].map(([, route = '']) => shapeOf(route)),
      );
      for (const [, route = ''] of text.matchAll(/(\/(?:api\/v1|health)\/[\w/{}$-]+)/g)) {
        assert.ok(routes.includes(shapeOf(route)), `there is no route ${route}`);
      }
    });
  }
});

/** As GitHub makes anchors of headings. */
function headingsOf(document: string): string[] {
  const [text = ''] = readTexts([document]);
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** `/contacts/{id}`, `/contacts/:id` and `/contacts/$CONTACT_ID` are the same. */
function shapeOf(route: string): string {
  return route.replace(/\/(\{\w+\}|:\w+|\$\w+)/g, '/*').replace(/\/$/, '');
}
