import type { SimulatorScript } from '../../../simulator';
import type { Customer } from '../../journeys/support';
import type { Product } from '../../support/product';

/** What happens in a tenant of its own while its runs are recorded. */
export type Scene = (product: Product, customer: Customer, tenantId: string) => Promise<void>;

export type ModelRule = NonNullable<NonNullable<SimulatorScript['language']>['rules']>[number];

/** What the language model does instead of its own rules, apart from finding facts. */
export function modelDoes({ simulator }: Product, ...rules: ModelRule[]): void {
  simulator.script({ language: { rules: [{ match: { schemaName: 'facts' }, builtIn: true }, ...rules] } });
}
