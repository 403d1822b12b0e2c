/** One line of the doctor's report. */
export interface Check {
  name: string;
  status: 'ok' | 'warning' | 'error';
  /** What was found. */
  detail: string;
  /** What to do about it; present unless all is well. */
  advice?: string;
}

export const ok = (name: string, detail: string): Check => ({ name, status: 'ok', detail });
export const warning = (name: string, detail: string, advice: string): Check => ({
  name,
  status: 'warning',
  detail,
  advice,
});
export const failure = (name: string, detail: string, advice: string): Check => ({
  name,
  status: 'error',
  detail,
  advice,
});
