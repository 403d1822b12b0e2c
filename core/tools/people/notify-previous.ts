import { z } from 'zod';

/** Of the tools that give a conversation to somebody. */
export const notifyPrevious = () =>
  z.boolean().optional().describe('Se quem atendia até agora é avisado; sem ele vale o que a empresa definiu');
