-- $1 tenant, $2 from, $3 to (not included), $4 id after which to go on, $5 limit. Everything as text, as it is written out.
select id::text, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created_at,
  to_char(settled_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as settled_at,
  operation, provider, model, status, cost_micros::text, uncertain_micros::text, reserved_micros::text,
  usage ->> 'inputTokens' as input_tokens, usage ->> 'cachedInputTokens' as cached_input_tokens,
  usage ->> 'outputTokens' as output_tokens, usage ->> 'audioSeconds' as audio_seconds, usage ->> 'pages' as pages,
  usage ->> 'images' as images, usage ->> 'messages' as messages, coalesce(usage ->> 'estimated', 'false') as is_estimated,
  price_as_of::text, contact_id::text, conversation_id::text, enrichment_id::text, group_id::text as turn_id,
  agent_id::text, campaign_id::text
from ai_costs
where tenant_id = $1::uuid and id > $4::uuid
  and ($2::timestamptz is null or created_at >= $2::timestamptz)
  and ($3::timestamptz is null or created_at < $3::timestamptz)
order by id
limit $5::integer
