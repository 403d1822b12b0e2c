export { createDatabase, type Database, type DatabaseOptions, type Statement, type Tx, type TxOptions } from './client';
export { PREPARED } from './raw-statements';
export { sqlFile } from './sql';
export { Prisma } from './generated/client';
export { isDatabaseDown, TransactionTimeout } from './failures';
export { nestedIn } from './nested';
