import type { Config } from '../../core/config';
import type { Database } from '../../core/database';
import type { Logger } from '../../core/logging/logger';
import { contactMethods } from './contacts';
import type { CrmServiceServer } from './generated/ventros/crm/v1/crm';
import { messageMethods } from './messages';
import type { GrpcPaging } from './paging';
import { pipelineMethods } from './pipelines';

export interface CrmServiceDeps {
  db: Database;
  logger: Logger;
  config: Pick<Config, 'ALLOWED_PRIVATE_HOSTS'>;
  paging: GrpcPaging;
}

export function crmService(deps: CrmServiceDeps): CrmServiceServer {
  return { ...contactMethods(deps), ...pipelineMethods(deps), ...messageMethods(deps) };
}
