import { firstReading, furtherRouters } from '../../core/agents/intents/route-intent';
import type { RouterName } from '../../core/agents/intents/types';

const ROUTERS: RouterName[] = ['local', 'model'];
/** Each wants several things, or says of none what it is. */
const HARD = [
  'erro no pagamento do plano novo',
  'a máquina parou e ainda veio cobrança dobrada, quero cancelar',
  'se não arrumar eu cancelo, e quanto fica o boleto?',
  'quanto custa pra parar de dar erro',
  'quero mudar',
];

/** The first that the local classifier, as it is trained now, cannot tell. */
export async function unclearMessage(): Promise<string> {
  for (const text of HARD) {
    if (furtherRouters(await firstReading(text, null, ROUTERS), ROUTERS).length > 0) return text;
  }
  throw new Error('the local classifier is sure of all of them');
}
