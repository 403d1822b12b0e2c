import type { ScriptedRule } from '../../../simulator';
import type { Customer } from '../../journeys/support';
import type { Product } from '../../support/product';

/** What happens in a tenant of its own while its runs are recorded. */
export type Scene = (product: Product, customer: Customer, tenantId: string) => Promise<void>;

/** What the language model does instead of its own rules, apart from finding facts. */
export function modelDoes({ simulator }: Product, ...rules: ScriptedRule[]): void {
  simulator.script({ language: { rules: [{ match: { schemaName: 'facts' }, builtIn: true }, ...rules] } });
}
