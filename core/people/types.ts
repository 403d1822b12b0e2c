import type { BusinessWindow } from './business-hours';

/** How a person is chosen for a conversation (domain reference, sections 1 and 5). `manual`: nobody is. */
export const STRATEGIES = ['manual', 'round_robin', 'least_sessions', 'score'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What becomes of a hand-over that nobody answers in time. */
export const UNANSWERED_ACTIONS = ['reassign', 'supervisor', 'event'] as const;
export type UnansweredAction = (typeof UNANSWERED_ACTIONS)[number];

/** What becomes of a message that comes while the agent is answering an earlier one. */
export const DOUBLE_TEXT_POLICIES = ['enqueue', 'coalesce', 'interrupt', 'reject'] as const;
export type DoubleTextPolicy = (typeof DOUBLE_TEXT_POLICIES)[number];

export const PERSON_ROLES = ['human_agent', 'supervisor', 'admin'] as const;
export const PERSON_STATUSES = ['available', 'busy', 'away', 'offline'] as const;

/** Why somebody has a conversation (`agent_sessions.source`). */
export type AssignmentSource = 'manual' | 'automatic' | 'reassignment_no_response' | 'reassignment_manual';

export interface PeopleSettings {
  strategy: Strategy;
  /** How long a hand-over may wait for an answer before it is escalated, and between two escalations. */
  unansweredMinutes: number;
  unansweredAction: UnansweredAction;
  /** After so many a supervisor is asked. */
  maxReassignments: number;
  doubleText: DoubleTextPolicy;
  /** When people are there. Hand-overs wait in this time only; null: always. */
  businessHours: BusinessWindow[] | null;
  /** Whoever had a conversation is told when it goes to somebody else. */
  notifyPrevious: boolean;
}

/** Somebody who could take a conversation, as the choice sees them. */
export interface Candidate {
  id: string;
  name: string;
  role: string;
  status: string;
  skills: string[];
  languages: string[];
  /** 0 to 100 */
  priority: number;
  maxSessions: number;
  /** Conversations they have now. */
  sessions: number;
  /** Milliseconds since 1970; null for somebody who never had one. */
  lastAssignedAtMs: number | null;
  /** They had a conversation of this contact before. */
  hasServedBefore: boolean;
}

/** What a conversation asks of a person. */
export interface Need {
  /** Of its last turn; null before the first. */
  intent: string | null;
  /** Of the contact, for example `pt-BR`. */
  language: string;
}
