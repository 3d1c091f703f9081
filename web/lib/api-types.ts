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
  status: TurnStatus;
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

export type Effect = 'read' | 'write' | 'destructive' | 'outward';
export type ApprovalStatus = 'pending' | 'approved' | 'denied' | 'expired' | 'superseded';
export type Remember = 'conversation' | 'always';

export type Approval = {
  id: string;
  conversationId: string;
  turnId: string;
  toolCallId: string;
  tool: { name: string; title?: string | null; source?: string | null; effect: Effect };
  summary: string;
  arguments: unknown;
  digest: string;
  rememberable: boolean;
  status: ApprovalStatus;
  createdAt: string;
  expiresAt: string;
};

export type Decision = {
  decision: 'approve' | 'deny';
  digest?: string;
  reason?: string;
  remember?: Remember;
};
