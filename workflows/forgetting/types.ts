export interface ForgetContactInput {
  tenantId: string;
  erasureId: string;
}
