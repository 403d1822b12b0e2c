import { AppError } from '../../core/errors';
import { SEARCH_STRATEGIES, type Fusion, type SearchStrategy } from '../../core/memory';
import { Fusion as WireFusion, SearchStrategy as WireStrategy } from './generated/ventros/memory/v1/memory';

/** Both sides have the same names: `support_billing` is SEARCH_STRATEGY_SUPPORT_BILLING. A test compares them. */
export function wireStrategy(strategy: SearchStrategy): WireStrategy {
  const wire = Object.entries(WireStrategy).find(([name]) => name === `SEARCH_STRATEGY_${strategy.toUpperCase()}`)?.[1];
  return typeof wire === 'number' ? wire : WireStrategy.UNRECOGNIZED;
}

/** @throws AppError VALIDATION_ERROR for a number this version does not know. */
export function readStrategy(wire: WireStrategy): SearchStrategy {
  if (wire === WireStrategy.SEARCH_STRATEGY_UNSPECIFIED) return 'hybrid';
  const strategy = SEARCH_STRATEGIES.find((name) => wireStrategy(name) === wire);
  if (strategy === undefined || wire === WireStrategy.UNRECOGNIZED) throw unknown('strategy');
  return strategy;
}

/** @throws AppError VALIDATION_ERROR for a number this version does not know. */
export function readFusion(wire: WireFusion): Fusion {
  switch (wire) {
    case WireFusion.FUSION_UNSPECIFIED:
    case WireFusion.FUSION_SCORES:
      return 'scores';
    case WireFusion.FUSION_RRF:
      return 'rrf';
    default:
      throw unknown('fusion');
  }
}

function unknown(field: string): AppError {
  const message = 'is not known';
  return new AppError('VALIDATION_ERROR', `${field} ${message}`, { fields: [{ field, message }] });
}
