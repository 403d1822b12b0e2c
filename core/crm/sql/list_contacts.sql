-- Follows shown_contacts.sql.
-- $2 id after which to go on, $3 search text, $4 its digits, $5 tag, $6 limit, $7 status of a pipeline, $8 phone, $9 e-mail, $10 external id
and ($2::uuid is null or c.id < $2::uuid)
and ($5::text is null or $5 = any (c.tags))
and ($8::text is null or c.phone = $8)
and ($9::text is null or c.email = $9)
and ($10::text is null or c.external_id = $10)
and ($7::uuid is null or exists (
    select 1 from contact_stages s
    where s.tenant_id = c.tenant_id and s.contact_id = c.id and s.status_id = $7::uuid and s.exited_at is null))
and (
    $3::text is null
    or c.search @@ websearch_to_tsquery('pt_br', $3)
    or position(lower(unaccent($3)) in lower(unaccent(c.name))) > 0
    or ($4::text is not null and char_length($4) >= 4 and position($4 in c.phone) > 0)
  )
-- Ids are ordered by time.
order by c.id desc
limit $6::integer
