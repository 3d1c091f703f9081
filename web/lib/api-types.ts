import type { ArgumentSchema } from './argument-form';

export type Page<T> = { items: T[]; nextCursor: string | null };

export type ServerConfig = {
  name: string;
  version: string;
  auth: {
    mode: 'local' | 'clerk' | 'oidc';
    setupRequired: boolean;
    clerkPublishableKey?: string;
    oidcName?: string;
  };
  model: { provider: string; id: string; offline: boolean };
  /** Those to choose from, the default one first. */
  models: Array<{ name: string; id: string; offline: boolean }>;
  /** Optional parts of the server; what it does not name it does not have. */
  features: { events?: boolean };
};

export type Person = {
  id: string;
  email: string;
  name: string;
  role: 'owner' | 'admin' | 'member';
  preferences?: { timezone?: string | null; locale?: string | null; instructions?: string | null };
};

export type TurnStatus = 'idle' | 'queued' | 'running' | 'waiting';

export type Conversation = {
  id: string;
  clientId: string | null;
  title: string;
  preview: string;
  updatedAt: string;
  pinned: boolean;
  archived: boolean;
  /** The model that was chosen for it, by its name. */
  model: string | null;
  status: TurnStatus;
  /** The newest message of the branch that is shown. */
  headId: string | null;
};

export type Task = {
  id: string;
  title: string;
  notes: string | null;
  status: 'open' | 'done';
  dueOn: string | null;
  dueAt: string | null;
  source: string;
  externalUrl: string | null;
};

export type Memory = { id: string; text: string; createdAt: string };

export type Meeting = {
  id: string;
  title: string;
  /** For a whole day a midnight in `timezone`; `endsAt` is then the midnight after it. */
  startsAt: string;
  endsAt: string;
  timezone: string;
  allDay: boolean;
  location: string | null;
  attendees: string[];
  notes: string | null;
  status: 'confirmed' | 'cancelled';
  source: string;
  externalUrl: string | null;
};

export type MeetingFields = Pick<
  Meeting,
  'title' | 'startsAt' | 'endsAt' | 'allDay' | 'location' | 'attendees' | 'notes'
> & { timezone?: string };

export type StoredFile = { id: string; name: string; url: string; mediaType: string; size: number };

export type SearchHit = {
  conversationId: string;
  messageId: string;
  role: 'user' | 'assistant';
  title: string;
  /** Escaped HTML in which `<mark>` is the only element. */
  snippet: string;
  createdAt: string;
};

export type Effect = 'read' | 'write' | 'destructive' | 'outward';
export type ApprovalStatus = 'pending' | 'approved' | 'denied' | 'expired' | 'superseded';
export type Remember = 'conversation' | 'always';

/** JSON Pointer into the arguments → the value that a remembered answer is limited to. */
export type RememberScope = Record<string, string>;

export type Approval = {
  id: string;
  conversationId: string;
  turnId: string;
  toolCallId: string;
  tool: { name: string; title?: string | null; source?: string | null; effect: Effect };
  summary: string;
  /** Why it is asked, if it is not just one's mode. */
  because?: string;
  arguments: unknown;
  digest: string;
  rememberable: boolean;
  rememberScope?: RememberScope;
  status: ApprovalStatus;
  createdAt: string;
  expiresAt: string;
  /** JSON Schema of the arguments; only of a single approval that is open. */
  inputSchema?: ArgumentSchema;
};

export type Decision = {
  decision: 'approve' | 'deny';
  digest?: string;
  /** What to run instead of what was asked for. */
  arguments?: unknown;
  reason?: string;
  remember?: Remember;
};

export type BatchResult = { items: Array<{ id: string; status: number; problem?: unknown }> };

export type PermissionMode = 'default' | 'acceptEdits' | 'plan' | 'dontAsk' | 'bypassPermissions';
export type Verdict = 'allow' | 'ask' | 'deny';

export type Rule = {
  id?: string;
  verdict: Verdict;
  tool: string;
  when?: Record<string, string>;
  conversationId?: string;
};

export type Permissions = { mode: PermissionMode; rules: Rule[] };

export type AdminPermissions = {
  paused: boolean;
  bypassEnabled: boolean;
  taintAsks: boolean;
  rules: Rule[];
};

export type LoggedDecision = {
  id: string;
  conversationId: string;
  tool: string;
  verdict: Verdict;
  by: { kind: 'user' | 'rule' | 'mode' | 'admin' | 'taint' | 'expiry'; id?: string };
  at: string;
};

export type ImportJob = {
  id: string;
  name: string;
  format: string;
  status: 'queued' | 'running' | 'completed' | 'failed';
  total: number | null;
  imported: number;
  duplicates: number;
  skipped: number;
  error: string | null;
  /** What was left out, and what is not as it was: the first of many. */
  problems: string[];
  createdAt: string;
};

export type TokenCounts = {
  modelCalls: number;
  inputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
  costUsd: number | null;
};
export type UsageRow = TokenCounts & {
  day: string;
  model: string;
  kind: 'answer' | 'summary' | 'title';
};
export type UsageReport = Page<UsageRow> & { total: TokenCounts };
