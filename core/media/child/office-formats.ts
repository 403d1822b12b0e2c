import { Parser } from 'htmlparser2';
import { AppError } from '../../errors';
import type { OfficeFormat, OfficeText } from '../office-text';
import type { OfficeParts } from './office-zip';

/** As of PDFs: a page of dense print has about 5,000 characters. */
const MAX_CHARACTERS = 5_000_000;
const MAX_READING_MS = 30_000;
/** Between two looks at the clock. */
const PIECE_CHARACTERS = 256 * 1024;
/** A space that is repeated in OpenDocument says how often. */
const MAX_SPACES = 100;

/** What is read so far, page by page. */
class Pages {
  private readonly done: string[] = [];
  private parts: string[] = [];
  private characters = 0;
  truncated = false;

  add(text: string): void {
    this.characters += text.length;
    if (this.characters > MAX_CHARACTERS) this.truncated = true;
    else this.parts.push(text);
  }

  end(): void {
    this.done.push(
      this.parts
        .join('')
        .replace(/[ \t]+\n/g, '\n')
        .replace(/\n{3,}/g, '\n\n')
        .trim(),
    );
    this.parts = [];
  }

  get result(): OfficeText {
    return { pages: this.done, truncated: this.truncated };
  }
}

interface Handler {
  open?: (name: string, attributes: Record<string, string>) => void;
  text?: (text: string) => void;
  close?: (name: string) => void;
}

type Reader = (parts: OfficeParts, pages: Pages, until: number) => void;

const READERS: Readonly<Record<OfficeFormat, Reader>> = {
  docx: readDocx,
  xlsx: readXlsx,
  pptx: readPptx,
  odf: readOdf,
};

/**
 * The text of an unpacked Office file.
 *
 * @throws AppError MEDIA_CORRUPT when it holds nothing of its format
 */
export function officePages(format: OfficeFormat, parts: OfficeParts): OfficeText {
  const pages = new Pages();
  READERS[format](parts, pages, Date.now() + MAX_READING_MS);
  return pages.result;
}

/** Tolerant of bad XML, and without entities of its own: none can multiply. */
function readXml(xml: string, handler: Handler, { pages, until }: { pages: Pages; until: number }): void {
  const parser = new Parser(
    {
      onopentag: (name, attributes) => handler.open?.(name, attributes),
      ontext: (text) => handler.text?.(text),
      onclosetag: (name) => handler.close?.(name),
    },
    { xmlMode: true, decodeEntities: true },
  );
  for (let from = 0; from < xml.length; from += PIECE_CHARACTERS) {
    if (pages.truncated || Date.now() > until) {
      pages.truncated = true;
      break;
    }
    parser.write(xml.slice(from, from + PIECE_CHARACTERS));
  }
  parser.end();
}

function readDocx(parts: OfficeParts, pages: Pages, until: number): void {
  const main = requirePart(parts, 'word/document.xml');
  let isText = false;
  const handler: Handler = {
    open(name, attributes) {
      if (name === 'w:t') isText = true;
      if (name === 'w:tab') pages.add('\t');
      if (name === 'w:lastRenderedPageBreak' || (name === 'w:br' && attributes['w:type'] === 'page')) pages.end();
      else if (name === 'w:br' || name === 'w:cr') pages.add('\n');
    },
    text: (text) => {
      if (isText) pages.add(text);
    },
    close(name) {
      if (name === 'w:t') isText = false;
      if (name === 'w:p') pages.add('\n');
      if (name === 'w:tc') pages.add('\t');
    },
  };
  for (const xml of [main, parts.get('word/footnotes.xml'), parts.get('word/endnotes.xml')]) {
    if (xml) readXml(xml, handler, { pages, until });
  }
  pages.end();
}

function readPptx(parts: OfficeParts, pages: Pages, until: number): void {
  const slides = numbered(parts, /^ppt\/slides\/slide(\d+)\.xml$/);
  if (slides.length === 0) throw damaged('ppt/slides');
  let isText = false;
  for (const { xml } of slides) {
    const handler: Handler = {
      open(name) {
        if (name === 'a:t') isText = true;
        if (name === 'a:br') pages.add('\n');
      },
      text: (text) => {
        if (isText) pages.add(text);
      },
      close(name) {
        if (name === 'a:t') isText = false;
        if (name === 'a:p') pages.add('\n');
      },
    };
    readXml(xml, handler, { pages, until });
    pages.end();
  }
}

function readXlsx(parts: OfficeParts, pages: Pages, until: number): void {
  const run = { pages, until };
  const shared = sharedStrings(parts.get('xl/sharedStrings.xml') ?? '', run);
  for (const { name, xml } of sheets(parts, run)) {
    pages.add(`${name}\n`);
    readSheet(xml, shared, run);
    pages.end();
  }
}

function readSheet(xml: string, shared: readonly string[], run: { pages: Pages; until: number }): void {
  const { pages } = run;
  let type = '';
  let value = '';
  // A cell's formula is no text of it.
  let isValue = false;
  let cells: string[] = [];
  readXml(
    xml,
    {
      open(name, attributes) {
        if (name === 'row') cells = [];
        if (name === 'c') [type, value] = [attributes['t'] ?? '', ''];
        if (name === 'v' || name === 't') isValue = true;
      },
      text: (text) => {
        if (isValue) value += text;
      },
      close(name) {
        if (name === 'v' || name === 't') isValue = false;
        if (name === 'c') {
          cells.push((type === 's' ? shared[Number(value)] : value) ?? '');
          value = '';
        }
        if (name === 'row') {
          const line = cells.join('\t').trimEnd();
          if (line !== '') pages.add(`${line}\n`);
        }
      },
    },
    run,
  );
}

function sharedStrings(xml: string, run: { pages: Pages; until: number }): string[] {
  const strings: string[] = [];
  let current = '';
  let isText = false;
  let isPhonetic = false;
  readXml(
    xml,
    {
      open(name) {
        if (name === 'si') current = '';
        if (name === 'rPh') isPhonetic = true;
        if (name === 't') isText = !isPhonetic;
      },
      text: (text) => {
        if (isText) current += text;
      },
      close(name) {
        if (name === 't') isText = false;
        if (name === 'rPh') isPhonetic = false;
        if (name === 'si') strings.push(current);
      },
    },
    run,
  );
  return strings;
}

/** In the order of the workbook, by the names that it gives them. */
function sheets(parts: OfficeParts, run: { pages: Pages; until: number }): { name: string; xml: string }[] {
  const targets = new Map<string, string>();
  const found: { name: string; xml: string }[] = [];
  readXml(
    parts.get('xl/_rels/workbook.xml.rels') ?? '',
    {
      open(name, { Id: id = '', Target: target = '' }) {
        if (name === 'Relationship') targets.set(id, target.replace(/^\/?(?:xl\/)?/, 'xl/'));
      },
    },
    run,
  );
  readXml(
    requirePart(parts, 'xl/workbook.xml'),
    {
      open(tag, attributes) {
        if (tag !== 'sheet') return;
        const xml = parts.get(targets.get(attributes['r:id'] ?? '') ?? '');
        if (xml !== undefined) found.push({ name: attributes['name'] ?? '', xml });
      },
    },
    run,
  );
  return found;
}

const ODF_PARAGRAPHS = new Set(['text:p', 'text:h']);

function readOdf(parts: OfficeParts, pages: Pages, until: number): void {
  let paragraphs = 0;
  let cells = 0;
  readXml(
    requirePart(parts, 'content.xml'),
    {
      open(name, attributes) {
        if (ODF_PARAGRAPHS.has(name)) paragraphs++;
        if (name === 'table:table-cell') cells++;
        if (name === 'text:tab') pages.add('\t');
        if (name === 'text:line-break') pages.add('\n');
        if (name === 'text:s') pages.add(' '.repeat(Math.min(MAX_SPACES, Number(attributes['text:c'] ?? 1) || 1)));
        if (name === 'table:table' && attributes['table:name']) pages.add(`${attributes['table:name']}\n`);
      },
      text: (text) => {
        if (paragraphs > 0) pages.add(text);
      },
      close(name) {
        if (ODF_PARAGRAPHS.has(name)) {
          paragraphs--;
          pages.add(cells > 0 ? ' ' : '\n');
        }
        if (name === 'table:table-cell') {
          cells--;
          pages.add('\t');
        }
        if (name === 'table:table-row') pages.add('\n');
        if (name === 'draw:page') pages.end();
      },
    },
    { pages, until },
  );
  pages.end();
}

function numbered(parts: OfficeParts, pattern: RegExp): { number: number; xml: string }[] {
  return [...parts]
    .flatMap(([name, xml]) => {
      const number = pattern.exec(name)?.[1];
      return number === undefined ? [] : [{ number: Number(number), xml }];
    })
    .sort((a, b) => a.number - b.number);
}

function requirePart(parts: OfficeParts, name: string): string {
  const part = parts.get(name);
  if (part === undefined) throw damaged(name);
  return part;
}

function damaged(name: string): AppError {
  return new AppError('MEDIA_CORRUPT', `The document is damaged or of another type: it has no ${name}.`);
}
