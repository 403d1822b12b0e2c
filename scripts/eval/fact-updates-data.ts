import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../core/project-root';
import type { FactType } from '../../core/memory';

export interface UpdateCase {
  ref: string;
  language: 'pt-BR' | 'en';
  kind: 'rules' | 'named' | 'late' | 'proposed' | 'stray';
  type: FactType;
  attribute?: string;
  old: { message: string; fact: string };
  new: { message: string; fact: string };
  question: string;
}

export function readCases(): UpdateCase[] {
  const lines = readFileSync(path.join(projectRoot(), 'test/fixtures/fact-updates/cases.jsonl'), 'utf8').split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line) as UpdateCase);
}

/** Facts of every contact that no case changes: whatever ends one of them is collateral. Message, type, fact. */
export const BYSTANDERS: Record<UpdateCase['language'], readonly (readonly [string, FactType, string])[]> = {
  'pt-BR': [
    ['tenho dois cachorros', 'attribute', 'Tem dois cachorros.'],
    ['minha irmã mora em Recife', 'attribute', 'A irmã do cliente mora em Recife.'],
    ['prefiro madeira clara', 'preference', 'Prefere madeira clara.'],
    ['gosto de café sem açúcar', 'preference', 'Gosta de café sem açúcar.'],
    ['o fornecedor anterior atrasou demais', 'pain_point', 'O fornecedor anterior atrasou.'],
    ['quero abrir uma segunda loja', 'goal', 'Quer abrir uma segunda loja.'],
    ['o banheiro tem orçamento de 8 mil', 'budget', 'O orçamento do banheiro é de 8 mil.'],
    ['domingo não recebo entrega', 'constraint', 'Não recebe entregas aos domingos.'],
    ['a torneira tá pingando', 'technical_issue', 'A torneira está pingando.'],
    ['achei a garantia curta', 'objection', 'Acha a garantia curta.'],
    ['uso roteador antigo', 'environment_info', 'O roteador é antigo.'],
    ['feira de negócios em setembro', 'event', 'Vai a uma feira de negócios em setembro.'],
  ],
  en: [
    ['I have two dogs', 'attribute', 'Has two dogs.'],
    ['my sister lives in Boston', 'attribute', "The customer's sister lives in Boston."],
    ['I like light wood', 'preference', 'Likes light wood.'],
    ['coffee without sugar, always', 'preference', 'Likes coffee without sugar.'],
    ['the last supplier was late', 'pain_point', 'The last supplier was late.'],
    ['we want a second shop one day', 'goal', 'Wants a second shop one day.'],
    ['there is a budget of 800 for the bathroom', 'budget', 'The budget for the bathroom is 800.'],
    ['no deliveries on Sundays', 'constraint', 'Takes no deliveries on Sundays.'],
    ['the tap is dripping', 'technical_issue', 'The tap is dripping.'],
    ['the warranty is short', 'objection', 'Finds the warranty short.'],
    ['our router is old', 'environment_info', 'The router is old.'],
    ['trade fair in September', 'event', 'Goes to a trade fair in September.'],
  ],
};
