import type { Prisma, Tx } from '../../database';
import { AppError } from '../../errors';
import { toolNamed } from '../../tools/registry';
import { DEFAULT_APPROVAL_SETTINGS, type ApprovalSettings, type OnExpiry, type ToolPolicies } from './types';

export async function loadApprovalSettings(tx: Tx, tenantId: string): Promise<ApprovalSettings> {
  const row = await tx.approvalSettings.findUnique({ where: { tenantId } });
  return row ? settingsOf(row) : DEFAULT_APPROVAL_SETTINGS;
}

function settingsOf({
  waitSeconds,
  onExpiry,
  toolPolicies,
}: Prisma.ApprovalSettingsGetPayload<object>): ApprovalSettings {
  return { waitSeconds, onExpiry: onExpiry as OnExpiry, toolPolicies: toolPolicies as ToolPolicies };
}

/**
 * What is not given stays as it is; `toolPolicies` is replaced whole. Calls that wait already keep what held when they
 * were made.
 *
 * @throws AppError VALIDATION_ERROR (a tool that does not exist)
 */
export async function changeApprovalSettings(
  tx: Tx,
  tenantId: string,
  change: Partial<ApprovalSettings>,
): Promise<ApprovalSettings> {
  const unknown = Object.keys(change.toolPolicies ?? {}).filter((name) => toolNamed(name)?.name !== name);
  if (unknown.length > 0) {
    const fields = unknown.map((name) => ({
      field: `tool_policies.${name}`,
      message: 'there is no tool of this name',
    }));
    throw new AppError('VALIDATION_ERROR', `There is no tool ${unknown.join(', ')}`, { fields });
  }
  const row = await tx.approvalSettings.upsert({
    where: { tenantId },
    create: { tenantId, ...DEFAULT_APPROVAL_SETTINGS, ...change },
    update: { ...change, updatedAt: new Date() },
  });
  return settingsOf(row);
}
