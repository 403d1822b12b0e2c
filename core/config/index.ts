export { loadConfig, vectorConfig, type Config } from './config';
