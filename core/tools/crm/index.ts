import { addToList } from './add-to-list';
import { closeSession } from './close-session';
import { createContactEvent } from './create-contact-event';
import { createFollowUpTask } from './create-follow-up-task';
import { createNote } from './create-note';
import { exportContacts } from './export-contacts';
import { getAgents } from './get-agents';
import { getChannels } from './get-channels';
import { getContact } from './get-contact';
import { getContactEvents } from './get-contact-events';
import { getContactEventsWithDocuments } from './get-contact-events-with-documents';
import { getContactLists } from './get-contact-lists';
import { getContactProfile } from './get-contact-profile';
import { getContacts } from './get-contacts';
import { getFollowUps } from './get-follow-ups';
import { getListContacts } from './get-list-contacts';
import { getMessageGroup } from './get-message-group';
import { getMessages } from './get-messages';
import { getPipelines } from './get-pipelines';
import { getSessions } from './get-sessions';
import { listMessageGroups } from './list-message-groups';
import { qualifyLead } from './qualify-lead';
import { sendMessage } from './send-message';
import { tagContact } from './tag-contact';
import { updateContact } from './update-contact';
import { updatePipelineStage } from './update-pipeline-stage';

export const CRM_TOOLS = [
  getContacts,
  getContact,
  getContactProfile,
  getContactLists,
  getListContacts,
  getPipelines,
  getChannels,
  getAgents,
  getSessions,
  getMessages,
  getContactEvents,
  getContactEventsWithDocuments,
  getMessageGroup,
  listMessageGroups,
  getFollowUps,
  updateContact,
  qualifyLead,
  updatePipelineStage,
  createNote,
  tagContact,
  addToList,
  createContactEvent,
  createFollowUpTask,
  closeSession,
  sendMessage,
  exportContacts,
];
