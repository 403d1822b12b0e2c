export { createDatabase, type Database, type DatabaseOptions, type Tx, type TxOptions } from './client';
export { PREPARED, type SqlTx } from './direct-sql';
export { sqlFile } from './sql';
export { Prisma } from './generated/client';
export { isDatabaseDown } from './failures';
export { nestedIn } from './nested';
