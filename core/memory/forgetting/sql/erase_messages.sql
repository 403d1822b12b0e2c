-- That something was said, when and by whom stays: counts and costs hang on it. What is
-- on its way is still sent. $1 tenant, $2 contact
update messages set text = null, mentions = '{}', metadata = '{}', failure_reason = null
where tenant_id = $1::uuid and contact_id = $2::uuid and status not in ('queued', 'sending')
  and (text is not null or mentions <> '{}' or metadata <> '{}' or failure_reason is not null)
