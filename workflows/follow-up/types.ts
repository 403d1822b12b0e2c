export interface FollowUpInput {
  tenantId: string;
  followUpId: string;
}
