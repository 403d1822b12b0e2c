import { escalateToHuman } from './escalate-to-human';

export const PEOPLE_TOOLS = [escalateToHuman];
