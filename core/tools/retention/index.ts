import { predictChurnRisk } from './predict-churn-risk';

export const RETENTION_TOOLS = [predictChurnRisk];
