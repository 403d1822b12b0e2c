import { AppError } from '../errors';

export const FILTER_TYPES = ['custom_field', 'pipeline_status', 'tag', 'event', 'interaction', 'attribute'] as const;

export const FILTER_OPERATORS = [
  'eq',
  'ne',
  'gt',
  'lt',
  'gte',
  'lte',
  'contains',
  'not_contains',
  'starts_with',
  'ends_with',
  'in',
  'not_in',
  'is_null',
  'is_not_null',
] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

export type FilterValue = string | number | boolean | string[] | null;

/** One rule of a list, for example `{type: 'attribute', field: 'language', operator: 'eq', value: 'pt-BR'}`. */
export interface FilterRule {
  type: (typeof FILTER_TYPES)[number];
  /** An attribute, the key of a custom field, an event type, a number about interactions; empty for tags. */
  field: string;
  operator: FilterOperator;
  value: FilterValue;
}

/** A condition over `contacts c`, and its parameters from $`firstParameter` on. What a rule says is only in parameters. */
export interface FilterSql {
  condition: string;
  parameters: unknown[];
}

type Kind = 'text' | 'number' | 'time';

const ATTRIBUTES: Record<string, { sql: string; kind: Kind }> = {
  name: { sql: 'c.name', kind: 'text' },
  email: { sql: 'c.email', kind: 'text' },
  phone: { sql: 'c.phone', kind: 'text' },
  external_id: { sql: 'c.external_id', kind: 'text' },
  source_channel: { sql: 'c.source_channel', kind: 'text' },
  language: { sql: 'c.language', kind: 'text' },
  timezone: { sql: 'c.timezone', kind: 'text' },
  lead_status: { sql: 'c.lead_status', kind: 'text' },
  lead_score: { sql: 'c.lead_score', kind: 'number' },
  created_at: { sql: 'c.created_at', kind: 'time' },
  updated_at: { sql: 'c.updated_at', kind: 'time' },
};

const INTERACTIONS: Record<string, { sql: string; kind: Kind }> = {
  first_interaction_at: { sql: 'c.first_interaction_at', kind: 'time' },
  last_interaction_at: { sql: 'c.last_interaction_at', kind: 'time' },
  days_since_last_interaction: { sql: 'extract(epoch from now() - c.last_interaction_at) / 86400', kind: 'number' },
  message_count: {
    sql: '(select count(*) from messages m where m.tenant_id = c.tenant_id and m.contact_id = c.id)',
    kind: 'number',
  },
  session_count: {
    sql: '(select count(*) from sessions s where s.tenant_id = c.tenant_id and s.contact_id = c.id)',
    kind: 'number',
  },
};

const COMPARED: Partial<Record<FilterOperator, string>> = {
  eq: '=',
  ne: 'is distinct from',
  gt: '>',
  lt: '<',
  gte: '>=',
  lte: '<=',
};
const CAST: Record<Kind, string> = { text: 'text', number: 'numeric', time: 'timestamptz' };

/** @throws AppError VALIDATION_ERROR naming the rule that cannot be understood */
export function filterSql(rules: FilterRule[], operator: 'AND' | 'OR', firstParameter: number): FilterSql {
  const parameters: unknown[] = [];
  const bind = (value: unknown, type: string): string => {
    parameters.push(value);
    return `$${firstParameter + parameters.length - 1}::${type}`;
  };
  const conditions = rules.map((rule, index) => ruleSql(rule, index, bind));
  const joined = conditions.map((condition) => `(${condition})`).join(` ${operator} `);
  // Rules that say nothing find nobody: a list must never be everybody by mistake.
  return { condition: joined || 'false', parameters };
}

type Bind = (value: unknown, type: string) => string;

function ruleSql(rule: FilterRule, index: number, bind: Bind): string {
  switch (rule.type) {
    case 'attribute':
    case 'interaction': {
      const known = rule.type === 'attribute' ? ATTRIBUTES : INTERACTIONS;
      const column = Object.hasOwn(known, rule.field) ? known[rule.field] : undefined;
      if (!column) throw wrong(index, 'field', `must be one of ${Object.keys(known).join(', ')}`);
      return compareSql(column, rule, index, bind);
    }
    case 'custom_field':
      return customFieldSql(rule, index, bind);
    case 'event': {
      const happened = `(select count(*) from contact_events e where e.tenant_id = c.tenant_id and e.contact_id = c.id
        and e.event_type = ${bind(rule.field, 'text')})`;
      if (rule.operator === 'is_null') return `${happened} = 0`;
      if (rule.operator === 'is_not_null') return `${happened} > 0`;
      return compareSql({ sql: happened, kind: 'number' }, rule, index, bind);
    }
    case 'tag':
      return tagSql(rule, index, bind);
    case 'pipeline_status':
      return pipelineStatusSql(rule, index, bind);
  }
}

function compareSql({ sql, kind }: { sql: string; kind: Kind }, rule: FilterRule, index: number, bind: Bind): string {
  const { operator } = rule;
  if (operator === 'is_null') return `${sql} is null`;
  if (operator === 'is_not_null') return `${sql} is not null`;
  if (operator === 'in' || operator === 'not_in') {
    const isIn = `${sql} = any (${bind(listOf(rule, index, kind), `${CAST[kind]}[]`)})`;
    return operator === 'in' ? isIn : `${sql} is null or not ${isIn}`;
  }
  const sign = COMPARED[operator];
  if (sign) return `${sql} ${sign} ${bind(scalar(rule, index, kind), CAST[kind])}`;
  if (kind !== 'text') throw wrong(index, 'operator', `${operator} is for texts; use eq, gt, in …`);
  return partSql(sql, rule, index, bind);
}

/** Parts of a text, without regard to case and accents. */
function partSql(sql: string, rule: FilterRule, index: number, bind: Bind): string {
  const part = String(scalar(rule, index, 'text')).replace(/[\\%_]/g, (sign) => `\\${sign}`);
  const pattern = { starts_with: `${part}%`, ends_with: `%${part}` }[rule.operator as string] ?? `%${part}%`;
  const like = `unaccent(lower(${sql})) like unaccent(lower(${bind(pattern, 'text')}))`;
  return rule.operator === 'not_contains' ? `${sql} is null or not ${like}` : like;
}

/** Numbers compare as numbers where the contact holds a number; everything else as text. Who has no value has the default. */
function customFieldSql(rule: FilterRule, index: number, bind: Bind): string {
  const key = bind(rule.field, 'text');
  const own = `nullif(c.custom_fields -> ${key}, 'null'::jsonb)`;
  const byDefault = `(select f.default_value from custom_fields f where f.tenant_id = c.tenant_id and f.key = ${key})`;
  const value = `coalesce(${own}, ${byDefault})`;
  const text = `(${value} #>> '{}')`;
  if (typeof rule.value !== 'number') return compareSql({ sql: text, kind: 'text' }, rule, index, bind);
  const sql = `(case when jsonb_typeof(${value}) = 'number' then ${text}::numeric end)`;
  return compareSql({ sql, kind: 'number' }, rule, index, bind);
}

function tagSql(rule: FilterRule, index: number, bind: Bind): string {
  const hasAny = (tags: string[]) => `c.tags && ${bind(tags, 'text[]')}`;
  switch (rule.operator) {
    case 'eq':
    case 'contains':
      return hasAny([String(scalar(rule, index, 'text'))]);
    case 'ne':
    case 'not_contains':
      return `not ${hasAny([String(scalar(rule, index, 'text'))])}`;
    case 'in':
      return hasAny(listOf(rule, index, 'text').map(String));
    case 'not_in':
      return `not ${hasAny(listOf(rule, index, 'text').map(String))}`;
    case 'is_null':
      return `cardinality(c.tags) = 0`;
    case 'is_not_null':
      return `cardinality(c.tags) > 0`;
    case 'starts_with':
    case 'ends_with':
      return `exists (select 1 from unnest(c.tags) tag where ${partSql('tag', rule, index, bind)})`;
    default:
      throw wrong(index, 'operator', `${rule.operator} does not compare tags`);
  }
}

/** The value is one status or several; `field` may name the pipeline for is_null and is_not_null. */
function pipelineStatusSql(rule: FilterRule, index: number, bind: Bind): string {
  const isIn = (also: string) =>
    `exists (select 1 from contact_stages s where s.tenant_id = c.tenant_id and s.contact_id = c.id
      and s.exited_at is null and ${also})`;
  const status = (ids: unknown[]) => {
    if (!ids.every((id) => typeof id === 'string' && UUID.test(id)))
      throw wrong(index, 'value', 'must be ids of statuses');
    return isIn(`s.status_id = any (${bind(ids, 'uuid[]')})`);
  };
  switch (rule.operator) {
    case 'eq':
      return status([rule.value]);
    case 'ne':
      return `not ${status([rule.value])}`;
    case 'in':
      return status(listOf(rule, index, 'text'));
    case 'not_in':
      return `not ${status(listOf(rule, index, 'text'))}`;
    case 'is_null':
    case 'is_not_null': {
      if (rule.field && !UUID.test(rule.field)) throw wrong(index, 'field', 'must be the id of a pipeline or empty');
      const inPipeline = isIn(rule.field ? `s.pipeline_id = ${bind(rule.field, 'uuid')}` : 'true');
      return rule.operator === 'is_null' ? `not ${inPipeline}` : inPipeline;
    }
    default:
      throw wrong(index, 'operator', `${rule.operator} does not compare statuses`);
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function scalar({ value }: FilterRule, index: number, kind: Kind): string | number {
  if (value === null || Array.isArray(value)) throw wrong(index, 'value', 'must be a single value');
  return checked(typeof value === 'boolean' ? String(value) : value, index, kind);
}

function listOf({ value }: FilterRule, index: number, kind: Kind): (string | number)[] {
  if (!Array.isArray(value)) throw wrong(index, 'value', 'must be a list');
  return value.map((item) => checked(item, index, kind));
}

function checked(value: string | number, index: number, kind: Kind): string | number {
  if (kind === 'text') return String(value);
  if (kind === 'number') {
    if (value === '' || !Number.isFinite(Number(value))) throw wrong(index, 'value', 'must be a number');
    return Number(value);
  }
  const time = new Date(value);
  if (Number.isNaN(time.getTime())) throw wrong(index, 'value', 'must be a time, for example 2026-11-25T12:00:00Z');
  return time.toISOString();
}

function wrong(index: number, part: string, message: string): AppError {
  const field = `rules.${index}.${part}`;
  return new AppError('VALIDATION_ERROR', `${field} ${message}`, { fields: [{ field, message }] });
}
