export interface SendingInput {
  tenantId: string;
  messageId: string;
}
