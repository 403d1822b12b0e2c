export interface HandoverInput {
  tenantId: string;
  conversationId: string;
  handlerVersion: number;
}
