/** As exactly as times in a recording are told: neither frames nor words are known better. */
export function hundredths(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
