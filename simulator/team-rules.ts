/** Which specialist a prompt makes of the model. The product's prompts say what they take care of in this sentence. */
const SPECIALTIES = [
  { specialty: 'sales', sign: /cuida de vendas/i },
  { specialty: 'retention', sign: /cuida de quem pensa em cancelar/i },
  { specialty: 'technical', sign: /cuida do suporte técnico/i },
  { specialty: 'billing', sign: /cuida de cobrança e pagamento/i },
] as const;

export type Specialty = (typeof SPECIALTIES)[number]['specialty'];
type Language = 'pt' | 'en' | 'es';

/** What the model is told to be and what was said to it, newest first. */
export interface Scene {
  system: string;
  said: string;
  /** Everything the customer wrote, with `said`. */
  thread: string;
  tools: readonly string[];
  called: readonly string[];
  /** What the tools of this turn answered. */
  results: readonly string[];
}

/** A call to make, or words to end with. */
export type Act = { tool: string; arguments: Record<string, unknown> } | { text: string };

export function specialtyOf(system: string): Specialty | null {
  return SPECIALTIES.find(({ sign }) => sign.test(system))?.specialty ?? null;
}

export function languageOf(system: string): Language {
  if (/idioma do cliente: inglês/i.test(system)) return 'en';
  return /idioma do cliente: espanhol/i.test(system) ? 'es' : 'pt';
}

/** Of what the customer said, when memory is asked about it. */
export const MAX_QUERY_CHARS = 200;

/**
 * What a believable specialist does next: reads memory first, acts on what the customer said, and ends with one question.
 * Null where the general rules do.
 */
export function actAsSpecialist(scene: Scene): Act | null {
  const specialty = specialtyOf(scene.system);
  if (!specialty) return null;
  const may = (tool: string) => scene.tools.includes(tool) && !scene.called.includes(tool);
  if (scene.called.length === 0 && may('search_memory'))
    return { tool: 'search_memory', arguments: { query: scene.said.slice(0, MAX_QUERY_CHARS) } };
  return ACTS[specialty](scene, may) ?? { text: closingOf(specialty, scene) };
}

const ACTS: Record<Specialty, (scene: Scene, may: (tool: string) => boolean) => Act | null> = {
  sales({ thread, said }, may) {
    const bant = bantIn(thread);
    const isNews = Object.values(bantIn(said)).some((points) => points > 0);
    return isNews && may('qualify_lead') ? { tool: 'qualify_lead', arguments: { bant } } : null;
  },
  retention({ said }, may) {
    const insists = /j[áa] (disse|falei|decidi)|s[óo] cancel|cancela (logo|agora)|just cancel|de una vez/i.test(said);
    if (insists && may('escalate_to_human'))
      return { tool: 'escalate_to_human', arguments: { reason: 'O cliente mantém o cancelamento', priority: 'high' } };
    const isAboutPrice = /caro|pre[çc]o|expensive|price|precio/i.test(said);
    if (isAboutPrice && may('create_retention_offer'))
      return {
        tool: 'create_retention_offer',
        arguments: { discount_percent: 15, duration_months: 3, reason: 'preço' },
      };
    return may('predict_churn_risk') ? { tool: 'predict_churn_risk', arguments: {} } : null;
  },
  technical({ said }, may) {
    if (/queimad|choque|fuma[çc]a|burn|shock|smoke|humo/i.test(said) && may('escalate_to_human'))
      return { tool: 'escalate_to_human', arguments: { reason: 'Risco à segurança', priority: 'urgent' } };
    return /fora do ar|caiu|is down|ca[íi]do/i.test(said) && may('check_system_status')
      ? { tool: 'check_system_status', arguments: {} }
      : null;
  },
  billing({ said }, may) {
    const needsPerson =
      /reembols|estorn|cobrad[oa]|cobran[çc]a (errada|indevida|duplicada)|refund|charged twice|cobro doble/i;
    return needsPerson.test(said) && may('escalate_to_human')
      ? { tool: 'escalate_to_human', arguments: { reason: `Cobrança: ${said.slice(0, 120)}`, priority: 'high' } }
      : null;
  },
};

/** Points of 10 for what a lead has told. */
export function bantIn(thread: string) {
  const points = (pattern: RegExp, told: number) => (pattern.test(thread) ? told : 0);
  return {
    budget: points(/or[çc]amento|at[ée] (uns )?R\$|R\$ ?\d|verba|budget|presupuesto/i, 8),
    authority: points(
      /decido eu|eu (mesm[oa] )?decido|sou (o|a) (don[oa]|gerente|s[óo]ci[oa])|i decide|decido yo/i,
      10,
    ),
    need: points(/preciso|quero comprar|need|necesito|procuro|procurando/i, 8),
    timeline: points(/semana|este m[êe]s|amanh[ãa]|hoje|urgente|week|month|ma[ñn]ana/i, 8),
  };
}

const CLOSINGS: Record<Specialty, Record<Language, string>> = {
  sales: {
    pt: 'Que bom que você chamou! Para indicar o melhor para você: até quanto pretende investir e para quando precisa?',
    en: 'Great that you asked! So I can suggest the right one: what is your budget, and when do you need it?',
    es: '¡Qué bueno que escribiste! Para recomendarte lo mejor: ¿cuál es tu presupuesto y para cuándo lo necesitas?',
  },
  retention: {
    pt: 'Entendo, e sinto muito que tenha chegado a esse ponto. O que mais pesou para você pensar em cancelar?',
    en: 'I understand, and I am sorry it came to this. What weighed most in your decision to cancel?',
    es: 'Te entiendo, y lamento que hayamos llegado a esto. ¿Qué fue lo que más te pesó para pensar en cancelar?',
  },
  technical: {
    pt: 'Vamos resolver juntos. Desde quando isso acontece e o que você já tentou?',
    en: 'Let us sort this out together. Since when does it happen, and what have you tried so far?',
    es: 'Vamos a resolverlo juntos. ¿Desde cuándo pasa y qué has intentado hasta ahora?',
  },
  billing: {
    pt: 'Vou olhar isso com você. De qual cobrança se trata: valor e data?',
    en: 'Let me look into it with you. Which charge is it: amount and date?',
    es: 'Lo reviso contigo. ¿De qué cobro se trata: importe y fecha?',
  },
};

export const ESCALATED: Record<Language, string> = {
  pt: 'Certo, já chamei uma pessoa da nossa equipe. Ela continua a conversa com você em instantes.',
  en: 'All right, I have asked one of our team to take over. They will continue with you here shortly.',
  es: 'De acuerdo, ya llamé a una persona de nuestro equipo. Sigue contigo por aquí en un momento.',
};

/** Before what was said already, so that nobody hears the same twice: it quotes what was said to it. */
export const ANEW: Record<Language, string> = {
  pt: 'Entendi: "{{said}}".',
  en: 'I see: "{{said}}".',
  es: 'Entiendo: "{{said}}".',
};

export const HONEST: Record<Language, string> = {
  pt: 'Desculpe, me expressei mal: isso ainda não aconteceu. Vou verificar como podemos resolver e te aviso por aqui.',
  en: 'Sorry, I put that badly: it has not happened yet. I will find out how we can solve it and tell you here.',
  es: 'Perdón, me expresé mal: eso todavía no ocurrió. Voy a ver cómo podemos resolverlo y te aviso por aquí.',
};

const OFFER: Record<Language, string> = {
  pt: 'Entendo, o preço pesou. Posso te oferecer {{percent}}% de desconto por três meses. O que acha?',
  en: 'I understand, the price weighs on you. I can offer you a discount of {{percent}}% for three months. What do you think?',
  es: 'Te entiendo, el precio pesó. Puedo ofrecerte {{percent}}% de descuento por tres meses. ¿Qué te parece?',
};

const TO_A_SELLER: Record<Language, string> = {
  pt: 'Perfeito, tenho tudo de que preciso. Um vendedor da nossa equipe continua com você por aqui em instantes.',
  en: 'Perfect, that is all I need. One of our sellers will continue with you here shortly.',
  es: 'Perfecto, tengo todo lo que necesito. Un vendedor de nuestro equipo sigue contigo por aquí en un momento.',
};

function closingOf(specialty: Specialty, { system, called, results }: Scene): string {
  const language = languageOf(system);
  const offered = results.map((result) => /"discount_percent": ?(\d+)/.exec(result)?.[1]).find(Boolean);
  if (offered) return OFFER[language].replace('{{percent}}', offered);
  if (results.some((result) => result.includes('"assign_now"'))) return TO_A_SELLER[language];
  return called.includes('escalate_to_human') ? ESCALATED[language] : CLOSINGS[specialty][language];
}
