const SERIALISED = /^(?:true|false)_[^_]+_([^_]+)(?:_.+)?$/;

/**
 * The bare id of a message: `true_5511987654321@c.us_3EB0AA` and `false_120363@g.us_3EB0AA_5511987654321@c.us` are
 * both `3EB0AA`, and a bare id stays as it is. This is the form of messages.channel_message_id, for what comes in and
 * for what is sent, so that an event about one of our own messages finds it.
 */
export function normaliseMessageId(id: string): string {
  return SERIALISED.exec(id)?.[1] ?? id;
}
