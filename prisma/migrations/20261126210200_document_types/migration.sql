-- What a document of the company is: a manual, a price list. Null where nobody said it.
alter table knowledge_documents add column document_type text
  check (document_type in ('manual', 'price_list', 'policy', 'contract', 'receipt', 'identity', 'other'));
