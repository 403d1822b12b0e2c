-- $1 tenant; further conditions, order and limit follow
select c.id, c.name, c.email, c.phone,
       c.external_id as "externalId",
       c.source_channel as "sourceChannel",
       c.language, c.timezone, c.tags,
       shown_custom_fields(c.tenant_id, c.custom_fields) as "customFields",
       c.profile_picture_url as "profilePictureUrl",
       c.first_interaction_at as "firstInteractionAt",
       c.last_interaction_at as "lastInteractionAt",
       c.version,
       c.created_at as "createdAt",
       c.updated_at as "updatedAt"
from contacts c
where c.tenant_id = $1::uuid and c.deleted_at is null
