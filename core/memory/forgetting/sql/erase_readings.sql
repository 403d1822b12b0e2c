-- What media were read to be. $1 tenant, $2 contact
update message_enrichments
set extracted_text = null, metadata = '{}', media_id = null, media_url = null, file_name = null, error_message = null
where tenant_id = $1::uuid and contact_id = $2::uuid
  and (extracted_text is not null or metadata <> '{}' or media_id is not null or media_url is not null
    or file_name is not null or error_message is not null)
