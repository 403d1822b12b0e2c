type SnakeCase<S extends string> = S extends `${infer Head}${infer Tail}`
  ? Tail extends Uncapitalize<Tail>
    ? `${Lowercase<Head>}${SnakeCase<Tail>}`
    : `${Lowercase<Head>}_${SnakeCase<Tail>}`
  : S;

type Presented<T> = T extends Date ? string : T extends bigint ? number : T;

export type PresentedRow<T> = {
  [K in keyof T as K extends string ? SnakeCase<K> : never]: Presented<T[K]>;
};

/**
 * A row as the API and the tools show it: snake_case names, times in ISO 8601, big integers as numbers. Only the outer names change,
 * so that what a customer stored as JSON comes back as it was.
 */
export function present<T extends object>(row: T): PresentedRow<T> {
  const entries = Object.entries(row).map(([name, value]) => [toSnakeCase(name), presentValue(value)]);
  return Object.fromEntries(entries) as PresentedRow<T>;
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function presentValue(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'bigint' ? Number(value) : value;
}
