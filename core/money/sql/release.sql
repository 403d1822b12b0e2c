-- $1 tenant, $2 activity key. A row that already cost something stays settled.
update ai_costs
set status = case when cost_micros > 0 then 'settled' else 'released' end
where tenant_id = $1::uuid and activity_key = $2 and status = 'reserved'
