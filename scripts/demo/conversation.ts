export type MessageKind = 'text' | 'image' | 'voice' | 'document' | 'video';
export type MediumKind = Exclude<MessageKind, 'text'>;

/** One message as the customer sends it. */
export interface CustomerMessage {
  kind: MessageKind;
  /** The text, or the caption of a medium. */
  text?: string;
  /** A file of test/fixtures/media. */
  file?: { name: string; mimetype: string };
}

export const CUSTOMER = { name: 'Marina', chatId: '5511987654321@c.us' };

/** Asked last: only memory holds the answer, the message itself has none of it. */
const QUESTION = 'Vocês lembram qual era o número do meu pedido e o que combinamos sobre a troca?';

/** What Marina writes, turn by turn: messages that come close together get one answer. */
export const CONVERSATION: CustomerMessage[][] = [
  [
    { kind: 'text', text: 'Oi! Comprei uma cafeteira com vocês e ela quebrou. Vou mandar uma foto e um áudio.' },
    { kind: 'image', text: 'É esta aqui', file: { name: 'photo.jpg', mimetype: 'image/jpeg' } },
    { kind: 'voice', file: { name: 'voice.ogg', mimetype: 'audio/ogg; codecs=opus' } },
  ],
  [
    { kind: 'document', text: 'Segue o pedido', file: { name: 'order.pdf', mimetype: 'application/pdf' } },
    { kind: 'video', text: 'E olha o vazamento', file: { name: 'video.mp4', mimetype: 'video/mp4' } },
  ],
  [{ kind: 'text', text: QUESTION }],
];

/** Searched for by the demo itself through the API, beside what the agents look for. */
export const OWN_SEARCHES = ['número do pedido da cafeteira', 'vazamento na base'];
