/** Why an image is read, which decides what is asked about it. Domain reference, section 3. */
export const VISION_CONTEXTS = [
  'chat_message',
  'chat_product',
  'chat_document',
  'chat_receipt',
  'profile_picture',
  'profile_business',
  'profile_document',
  'pipeline_product',
  'pipeline_catalog',
  'pipeline_contract',
  'automation_form',
  'automation_id',
  'automation_invoice',
] as const;
export type VisionContext = (typeof VISION_CONTEXTS)[number];

export const DEFAULT_CONTEXT: VisionContext = 'chat_message';

export function isVisionContext(value: string): value is VisionContext {
  return (VISION_CONTEXTS as readonly string[]).includes(value);
}

/** What people write under a picture of this kind. The first that matches decides; it costs no call. */
const CUES: readonly { context: VisionContext; says: RegExp }[] = [
  { context: 'chat_receipt', says: /\b(comprovante|recibo|cupom|nota fiscal|fiz o pix|paguei)\b/i },
  { context: 'chat_document', says: /\b(contrato|laudo|or[cç]amento assinado|segue o documento)\b/i },
  { context: 'chat_product', says: /\b(quanto custa|qual o pre[cç]o|tem (esse|este|essa|esta)|voc[eê]s vendem)\b/i },
];

/** What a picture in a chat is asked for, by its caption. */
export function contextOfCaption(caption: string | null): VisionContext {
  return CUES.find(({ says }) => says.test(caption ?? ''))?.context ?? DEFAULT_CONTEXT;
}
