-- What a fact is found by: its sentence, and the words people ask for its attribute with, which the sentence may lack ("ana@loja.com"
-- answers "qual o e-mail?"). "The customer" names nobody in it: every fact is about the contact unless it says otherwise.
create function memory_attribute_words(attribute text) returns text
language sql immutable parallel safe as $$
  select case attribute
    when 'name' then 'nome chama name called'
    when 'email' then 'e-mail email correio mail'
    when 'phone' then 'telefone celular número whatsapp ligar phone number cell call'
    when 'address' then 'endereço mora morar reside rua cidade entrega address lives live living city delivery shipping'
    when 'birthday' then 'aniversário nasceu nascimento birthday born birth'
    when 'marital_status' then 'estado civil casado solteiro casou married single marital'
    when 'job' then 'trabalha trabalho emprego profissão works work job profession'
    when 'budget' then 'orçamento gastar pagar budget spend afford'
    when 'plan' then 'plano assinatura plan subscription'
    when 'payment_method' then 'pagar pagamento forma paga pay payment method'
    when 'contact_time' then 'horário ligar ligação telefonar contato falar hour call contact reach time'
    when 'decision_maker' then 'decide decisão quem compra decides decision buys'
    when 'deadline' then 'prazo quando precisa deadline needed due'
    else '' end
$$;

create or replace function memory_index_fact(fact memory_facts) returns void
language plpgsql as $$
declare
  content text := regexp_replace(fact.fact_text, '\m(?:clientes?|customers?)\M', ' ', 'gi')
    || ' ' || memory_attribute_words(fact.attribute);
begin
  if fact.invalidated_at is not null or (fact.superseded_by is not null and fact.valid_to <= now()) then
    delete from memory_index where tenant_id = fact.tenant_id and id = fact.id;
  else
    insert into memory_index (tenant_id, id, kind, source, source_id, contact_id, session_id, type, occurred_at, expires_at,
      length, search, metadata)
    select fact.tenant_id, fact.id, 'fact', 'fact', fact.id, fact.contact_id, m.session_id, fact.fact_type, fact.valid_from,
      case when fact.superseded_by is null then fact.expires_at else least(fact.expires_at, fact.valid_to) end,
      -- Of the sentence alone: the added words must not make it long.
      least(length(to_tsvector('pt_br', fact.fact_text)), length(to_tsvector('en_us', fact.fact_text))),
      memory_lexemes(content), jsonb_build_object('factType', fact.fact_type, 'confidence', fact.confidence,
        'claimed', fact.is_claimed, 'sourceMessageId', fact.source_message_id)
    from (select 1) one
    left join messages m on m.tenant_id = fact.tenant_id and m.id = fact.source_message_id
    on conflict (tenant_id, id) do update set session_id = excluded.session_id, type = excluded.type,
      occurred_at = excluded.occurred_at, expires_at = excluded.expires_at, length = excluded.length,
      search = excluded.search, metadata = excluded.metadata;
  end if;
  perform memory_touch(fact.tenant_id, fact.contact_id);
end $$;

-- The facts there are. The owner of the tables may be an ordinary role, which forced row security would show nothing.
alter table messages no force row level security;
alter table memory_facts no force row level security;
alter table memory_index no force row level security;
alter table memory_contacts no force row level security;
select count(memory_index_fact(f)) from memory_facts f;
alter table messages force row level security;
alter table memory_facts force row level security;
alter table memory_index force row level security;
alter table memory_contacts force row level security;
