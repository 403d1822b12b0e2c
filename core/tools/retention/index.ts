import { checkCustomerValue } from './check-customer-value';
import { createRetentionOffer } from './create-retention-offer';
import { getPastOffers } from './get-past-offers';
import { predictChurnRisk } from './predict-churn-risk';

export const RETENTION_TOOLS = [predictChurnRisk, createRetentionOffer, getPastOffers, checkCustomerValue];
