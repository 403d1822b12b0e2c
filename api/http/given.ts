type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields of a change that were given: one that is undefined would be taken for a new value. */
export function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}
