import { SEARCH_STRATEGIES, type Fusion, type SearchStrategy } from '../../core/memory';
import { Fusion as WireFusion, SearchStrategy as WireStrategy } from './generated/ventros/memory/v1/memory';
import { byWireNumber, readEnum, wireNumber } from './wire-values';

const PREFIX = 'SEARCH_STRATEGY';
const STRATEGIES: Readonly<Record<number, SearchStrategy>> = {
  ...byWireNumber(WireStrategy, PREFIX, SEARCH_STRATEGIES),
  [WireStrategy.SEARCH_STRATEGY_UNSPECIFIED]: 'hybrid',
};
const FUSIONS: Readonly<Record<number, Fusion>> = {
  [WireFusion.FUSION_UNSPECIFIED]: 'scores',
  [WireFusion.FUSION_SCORES]: 'scores',
  [WireFusion.FUSION_RRF]: 'rrf',
};

export const wireStrategy = (strategy: SearchStrategy): WireStrategy => wireNumber(WireStrategy, PREFIX, strategy);

/** @throws AppError VALIDATION_ERROR for a number this version does not know. */
export const readStrategy = (wire: WireStrategy): SearchStrategy => readEnum('strategy', wire, STRATEGIES);

/** @throws AppError VALIDATION_ERROR for a number this version does not know. */
export const readFusion = (wire: WireFusion): Fusion => readEnum('fusion', wire, FUSIONS);
