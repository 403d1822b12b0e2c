import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../core/project-root';

/** What people read first, and all of docs/. Paths from the project's root. */
export function documentPaths(): string[] {
  const docs = readdirSync(path.join(projectRoot(), 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...docs.map((name) => `docs/${name}`)];
}

/** The texts of files, and of all matching files below folders. Paths from the project's root. */
export function readTexts(paths: string[], files = /./): string[] {
  return paths.flatMap((name) => {
    const place = path.join(projectRoot(), name);
    if (statSync(place).isFile()) return [readFileSync(place, 'utf8')];
    return readdirSync(place, { recursive: true, encoding: 'utf8' })
      .map((below) => path.join(place, below))
      .filter((file) => files.test(file) && statSync(file).isFile())
      .map((file) => readFileSync(file, 'utf8'));
  });
}

/** The rows of every table of a Markdown text, cell by cell, without headings and rules. */
export function tableRows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[-:| ]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** The contents of the fenced blocks of one language. */
export function codeBlocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code);
}
