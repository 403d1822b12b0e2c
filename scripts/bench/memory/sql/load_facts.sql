-- Facts of contacts that nobody asks about, fifty each, of all tenants by turns, as the triggers would index them. $1 facts, $2 tenants
with said as materialized (
  select row_number() over () as no, t.text, memory_lexemes(t.text) as search
  from (select text from messages limit 1000) t
),
known as materialized (
  select gen_random_uuid() as id, ($2::uuid[])[1 + n % cardinality($2::uuid[])] as tenant_id from generate_series(1, $1::int / 50) n
),
made_contacts as (
  insert into contacts (id, tenant_id, name) select id, tenant_id, 'Cliente' from known
),
facts as materialized (
  select gen_random_uuid() as id, k.tenant_id, k.id as contact_id, s.text, s.search, now() - n * interval '1 day' as valid_from
  from (select row_number() over () as place, * from known) k
  cross join generate_series(1, 50) n
  join said s on s.no = 1 + (k.place * 50 + n) % (select count(*) from said)
),
made_facts as (
  insert into memory_facts (id, tenant_id, contact_id, fact_type, fact_text, fact_hash, confidence, evidence_message_ids, claimed_by,
    model, valid_from)
  select id, tenant_id, contact_id, 'preference', text, id::text, 0.7, '{}', 'company', 'bench', valid_from from facts
)
insert into memory_index (tenant_id, id, kind, source, source_id, contact_id, type, occurred_at, length, search)
select tenant_id, id, 'fact', 'fact', id, contact_id, 'preference', valid_from, length(search), search from facts
