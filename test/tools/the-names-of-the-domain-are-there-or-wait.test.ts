import assert from 'node:assert/strict';
import { allTools, toolNamed } from '../../core/tools/registry';

/** Every tool and alias that the domain names. */
const NAMES = `
  get_contacts get_contact get_contact_profile get_contact_lists get_list_contacts get_pipelines get_channels get_agents
  get_sessions get_messages get_contact_events get_contact_events_with_documents get_message_group list_message_groups
  update_contact qualify_lead update_pipeline_stage update_pipeline_status assign_to_agent assign_agent_to_session
  close_session send_message send_template_message create_note tag_contact add_tag update_contact_tags add_to_list
  trigger_sequence create_contact_event create_follow_up_task schedule_follow_up export_contacts
  search_memory get_contact_context get_contact_facts get_session_summary find_similar_contacts search_knowledge_base
  search_documents get_document get_document_chunks get_document_references upload_document summarize_document
  answer_from_documents extract_entities analyze_document_trends
  get_leads_count get_conversion_rate get_agent_stats get_agent_performance get_agent_conversion_stats get_top_agent
  get_top_performing_agent get_campaign_metrics predict_churn_risk predict_churn get_churn_prediction get_revenue_forecast
  analyze_agent_messages compare_agents get_agent_knowledge_gaps suggest_agent_improvements audit_agent_responses
  analyze_sentiment create_ticket escalate_ticket escalate_to_engineering escalate_to_supervisor escalate_to_human
  check_system_status get_error_logs get_invoice update_subscription create_retention_offer check_customer_value
  get_past_offers check_similar_leads get_campaign_info
  calculate_lead_score format_table format_chart_config aggregate_scores generate_recommendations parse_date
`
  .trim()
  .split(/\s+/);

/** Names whose data is not there yet, and the feature that brings it. */
const WAITING: Record<string, string> = {
  send_template_message: 'templates',
  trigger_sequence: 'sequences',
  get_campaign_metrics: 'campaigns',
  get_campaign_info: 'campaigns',
  get_invoice: 'billing',
  update_subscription: 'billing',
  get_revenue_forecast: 'billing',
};

describe('the names of the domain', () => {
  it('are tools, or wait for a feature that is named here', () => {
    const missing = NAMES.filter((name) => !toolNamed(name));
    assert.deepEqual(missing.sort(), Object.keys(WAITING).sort());
  });

  it('are at least 45 tools of their own', () => {
    const own = allTools().filter(({ name }) => NAMES.includes(name));
    assert.ok(own.length >= 45, `${own.length}`);
  });
});
