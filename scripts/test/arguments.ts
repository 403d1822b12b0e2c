import path from 'node:path';

export interface TestSelection {
  /** Compiled files or folders to run, relative to the folder of the compiled code. */
  paths: string[];
  grep: string | undefined;
  /** Coverage of a part of the tests says nothing, so only a full run measures it. */
  isFullRun: boolean;
}

/** Splits what follows `npm test --` into paths (anything with a slash or ending in .ts) and a pattern for test names. */
export function selectTests(args: string[]): TestSelection {
  const isPath = (arg: string) => arg.includes('/') || /\.[jt]s$/.test(arg);
  const paths = args.filter(isPath).map((arg) => path.normalize(arg).replace(/\.ts$/, '.js'));
  const words = args.filter((arg) => !isPath(arg));
  return {
    paths: paths.length > 0 ? paths : ['test'],
    grep: words.length > 0 ? words.join(' ') : undefined,
    isFullRun: args.length === 0,
  };
}
