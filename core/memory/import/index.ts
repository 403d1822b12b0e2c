export { importHistory, type ImportReport } from './import-history';
export { DEFAULT_IMPORT_SETTINGS, type ImportSettings, type Refusal } from './types';
