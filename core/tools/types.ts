import type { z } from 'zod';
import type { Scope } from '../accounts/scopes';
import type { Authority } from '../agents/runs/types';
import type { Config } from '../config';
import type { Prisma, Tx } from '../database';
import type { GuardedFetch } from '../media/guarded-fetch';
import type { MediaStore } from '../media/store';
import type { EmbedQueryDeps } from '../memory/embed-query';
import type { CheaperModels } from '../money/cheaper-models';
import type { Providers } from '../providers/registry';
import type { ApprovalRule } from './rules';

/** What tools need from the outside. */
export interface ToolDeps extends EmbedQueryDeps {
  config: CheaperModels & Pick<Config, 'MEDIA_MAX_BYTES'>;
  providers: Pick<Providers, 'language' | 'chains'>;
  mediaStore: MediaStore;
  guardedFetch: GuardedFetch;
}

/**
 * Whom a call is about:
 * - `contact`: one contact. An agent's is the one it talks to; an operator names it as `contact_id`;
 * - `any_contact`: the same, but an operator may leave it out;
 * - `tenant`: the company as a whole;
 * - `nothing`: only its own arguments.
 */
export type ToolAbout = 'contact' | 'any_contact' | 'tenant' | 'nothing';

export type ContactOf<About extends ToolAbout> = About extends 'contact'
  ? string
  : About extends 'any_contact'
    ? string | null
    : null;

/** The turn of an agent that talks to a customer. */
export interface TurnScope {
  turnId: string;
  conversationId: string;
  channelId: string;
  contactId: string;
  sessionId: string;
  /** The fence: what was written for an older version is refused. */
  handlerVersion: number;
}

/** Who a call is for. Comes from the credential or the turn, never from the arguments. */
export type ToolCaller =
  | { kind: 'agent'; tenantId: string; turn: TurnScope }
  | {
      kind: 'operator';
      tenantId: string;
      userId: string | null;
      /** What whoever calls may do, for a tool that works on with those rights. */
      authority?: Authority;
    };

/** How far a call is, as the domain names it. */
export const TOOL_PHASES = ['starting', 'processing', 'analyzing', 'comparing'] as const;

/** Somebody who watches a call is told. `doneRatio` is 0 to 1 of the work of this phase. */
export type TellProgress = (phase: (typeof TOOL_PHASES)[number], doneRatio: number) => void;

/** What a tool knows of its call. */
export interface ToolContext<Contact = string | null> {
  tenantId: string;
  contactId: Contact;
  /** Null for an operator. */
  turn: TurnScope | null;
  /** A model's word, in a turn or for an operator. */
  isAgent: boolean;
  /** Null in a turn. */
  authority: Authority | null;
  /** Who acts, as events and audit rows name it. */
  by: { by: 'agent'; turn_id: string } | { by: 'user'; user_id: string | null };
  /** Equal for every attempt of one call. */
  callId: string;
  /** For a tool with parts that take a while. */
  tell: TellProgress;
}

export interface ToolAttempt {
  activityKey: string;
  signal: AbortSignal;
}

interface ToolShape<Input extends z.ZodObject, Output extends z.ZodObject, About extends ToolAbout> {
  name: string;
  /** Other names under which the domain knows it. Each may be called; only `name` is stored and listed. */
  aliases?: readonly string[];
  /** For models, in the language they answer in. */
  description: string;
  /** Without the contact: see `about`. */
  input: Input;
  output: Output;
  about: About;
  /** `customer`: an agent that talks to a customer may have it. `staff`: it shows more than a customer may see. */
  audience: 'customer' | 'staff';
  access: 'read' | 'write';
  /** What an operator's key needs. */
  scope: Scope;
  /** `paid`: a model or embedder is called, and its price is in the ledger. */
  cost: 'free' | 'paid';
  /** When a person must approve an agent's call first. */
  approval?: readonly ApprovalRule[];
  /** Called twice with the same arguments, the second call changes nothing. Reads always are. */
  isIdempotent?: boolean;
  /** It takes something away that cannot be brought back by another call. */
  isDestructive?: boolean;
  /** Calls of one tenant a minute, where the usual number does not fit (see CALLS_PER_MINUTE). */
  callsPerMinute?: number;
  examples: readonly { says: string; arguments: z.input<Input> }[];
}

/** One transaction of the tenant, in which the result is stored too: a call takes place wholly and once. */
interface InTransaction<Input, Output, Contact> {
  fetch?: undefined;
  run(tx: Tx, input: Input, context: ToolContext<Contact>): Promise<Output>;
  look?: undefined;
}

/** The same, with something from the outside that is fetched before it. */
interface InTransactionWith<Input, Output, Contact, Found> {
  /** Changes nothing that anybody sees: it may run twice, and for a dry run. */
  fetch(deps: ToolDeps, input: Input, context: ToolContext<Contact> & { attempt: ToolAttempt }): Promise<Found>;
  run(tx: Tx, input: Input, context: ToolContext<Contact>, found: Found): Promise<Output>;
  look?: undefined;
}

/** Reads that ask the outside or open transactions of their own. */
interface OutsideTransactions<Input, Output, Contact> {
  fetch?: undefined;
  run?: undefined;
  look(deps: ToolDeps, input: Input, context: ToolContext<Contact> & { attempt: ToolAttempt }): Promise<Output>;
}

export type ToolSpec<Input extends z.ZodObject, Output extends z.ZodObject, About extends ToolAbout, Found> = ToolShape<
  Input,
  Output,
  About
> &
  (
    | InTransaction<z.output<Input>, z.input<Output>, ContactOf<About>>
    | InTransactionWith<z.output<Input>, z.input<Output>, ContactOf<About>, Found>
    | OutsideTransactions<z.output<Input>, z.input<Output>, ContactOf<About>>
  );

/** A tool with its types erased, as the registry holds it. */
export interface Tool extends Omit<ToolShape<z.ZodObject, z.ZodObject, ToolAbout>, 'aliases' | 'approval'> {
  aliases: readonly string[];
  approval: readonly ApprovalRule[];
  callsPerMinute: number;
  /** `search`, which asks the outside, runs on the queue of the searches, `database` beside the turn. */
  lane: ToolLane;
  fetch: ((deps: ToolDeps, input: unknown, context: ToolContext & { attempt: ToolAttempt }) => Promise<unknown>) | null;
  run: ((tx: Tx, input: unknown, context: ToolContext, found: unknown) => Promise<Prisma.InputJsonObject>) | null;
  look:
    | ((
        deps: ToolDeps,
        input: unknown,
        context: ToolContext & { attempt: ToolAttempt },
      ) => Promise<Prisma.InputJsonObject>)
    | null;
}

export type ToolLane = 'database' | 'search';
