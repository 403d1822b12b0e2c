-- What a contact has that has no value of its own.
alter table custom_fields add column default_value jsonb;

-- The values of a contact as they are shown: its own, and the defaults of fields for which it has none. A null is none.
create function shown_custom_fields(of_tenant uuid, stored jsonb) returns jsonb
language sql stable as
$$ select stored || coalesce((
     select jsonb_object_agg(f.key, f.default_value) from custom_fields f
     where f.tenant_id = of_tenant and f.default_value is not null
       and coalesce(stored -> f.key, 'null'::jsonb) = 'null'::jsonb
   ), '{}'::jsonb) $$;
