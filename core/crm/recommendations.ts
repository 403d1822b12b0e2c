export interface Recommendation {
  about: string;
  score: number;
  recommendation: string;
}

/** Below it a score asks for something to be done. */
const GOOD_FROM = 75;

/** What people of the team read. */
const ADVICE: Record<string, string> = {
  grammar: 'Revise a escrita antes de enviar: comece frases com maiúscula e feche com pontuação.',
  tone: 'Use um tom mais acolhedor: cumprimente, agradeça e reconheça o incômodo antes de explicar.',
  brevity: 'Escreva mensagens mais curtas, de até três frases, e divida o que for longo.',
  response_time: 'Responda mais rápido: avise que viu a mensagem e diga quando volta com a resposta.',
  resolution_rate: 'Feche mais conversas com a solução: confirme com o cliente se o problema acabou.',
  satisfaction: 'Acompanhe quem saiu insatisfeito e ofereça retorno de uma pessoa.',
  conversion_rate: 'Pergunte por orçamento e prazo mais cedo e proponha um próximo passo em cada conversa.',
  clarity: 'Faça uma pergunta por mensagem e diga o que o cliente precisa fazer em seguida.',
};
const DEFAULT_ADVICE = 'Reveja exemplos recentes deste ponto com a equipe e combine uma prática melhor.';

/** Advice for each score that is not good, the lowest first. */
export function recommendationsFor(scores: { name: string; score: number }[]): Recommendation[] {
  return scores
    .filter(({ score }) => score < GOOD_FROM)
    .toSorted((a, b) => a.score - b.score)
    .map(({ name, score }) => ({
      about: name,
      score,
      recommendation: Object.hasOwn(ADVICE, name) ? (ADVICE[name] ?? DEFAULT_ADVICE) : DEFAULT_ADVICE,
    }));
}
