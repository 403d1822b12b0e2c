export interface ExtractFactsInput {
  tenantId: string;
  messageIds: string[];
}

export interface ExtractFactsResult {
  factIds: string[];
}
