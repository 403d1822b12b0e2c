import { aggregateScores } from './aggregate-scores';
import { calculateLeadScore } from './calculate-lead-score';
import { formatBullets } from './format-bullets';
import { formatChartConfig } from './format-chart-config';
import { formatTable } from './format-table';
import { generateRecommendations } from './generate-recommendations';
import { parseDate } from './parse-date';

export const PURE_TOOLS = [
  calculateLeadScore,
  formatTable,
  formatChartConfig,
  formatBullets,
  aggregateScores,
  generateRecommendations,
  parseDate,
];
