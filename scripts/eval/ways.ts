import { SEARCH_STRATEGIES } from '../../core/memory';
import type { Way } from './ask';

/** Everything that is compared with the default: every other strategy, the legs alone among them, and the other fusion. */
export function otherWays(): [name: string, way: Way][] {
  const ways: [string, Way][] = SEARCH_STRATEGIES.filter(
    (strategy) => strategy !== 'custom' && strategy !== 'hybrid',
  ).map((strategy) => [strategy, { strategy }]);
  return [...ways, ['hybrid, rrf', { strategy: 'hybrid', fusion: 'rrf' }]];
}
