import { z } from 'zod';

/** What tools show of rows. Fields that are not named here do not leave a tool. */
export const time = () => z.iso.datetime({ offset: true });

export const contactShape = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  language: z.string(),
  timezone: z.string().nullable(),
  tags: z.array(z.string()),
  custom_fields: z.record(z.string(), z.unknown()),
  last_interaction_at: time().nullable(),
  created_at: time(),
});

export const sessionShape = z.object({
  id: z.string(),
  contact_id: z.string(),
  status: z.string(),
  end_reason: z.string().nullable(),
  started_at: time(),
  ended_at: time().nullable(),
  message_count: z.number(),
  messages_from_contact: z.number(),
  messages_from_agent: z.number(),
});

export const messageShape = z.object({
  id: z.string(),
  session_id: z.string(),
  from_me: z.boolean(),
  content_type: z.string(),
  text: z.string().nullable(),
  enrichment_status: z.string().nullable(),
  enrichment_text: z.string().nullable(),
  status: z.string(),
  sent_at: time(),
});

export const messageGroupShape = z.object({
  id: z.string(),
  type: z.string(),
  status: z.string(),
  started_at: time(),
  completed_at: time().nullable(),
});

export const stageShape = z.object({
  pipeline_id: z.string(),
  pipeline_name: z.string(),
  status_id: z.string(),
  status_name: z.string(),
  status_type: z.string(),
  entered_at: time(),
});

export const eventShape = z.object({
  id: z.string(),
  category: z.string(),
  event_type: z.string(),
  title: z.string(),
  payload: z.unknown(),
  priority: z.string(),
  occurred_at: time(),
});

export const noteShape = z.object({
  id: z.string(),
  type: z.string(),
  content: z.string(),
  priority: z.string(),
  visible_to_client: z.boolean(),
  created_at: time(),
});
