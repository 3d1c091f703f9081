import type {
  Approval,
  ApprovalStatus,
  Conversation,
  Decision,
  Page,
  Person,
  ServerConfig,
  Task,
} from './api-types';
import type { ChatMessage } from './chat-message';
import { ApiError, parseProblem } from './problem';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

const signedOutListeners = new Set<() => void>();

/** Calls back whenever a request finds that the session has ended. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

export function reportSignedOut(): void {
  for (const listener of signedOutListeners) listener();
}

async function request<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? undefined : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: 'no-store',
  });
  const text = await response.text();
  if (!response.ok) {
    const error = new ApiError(parseProblem(response.status, text));
    if (error.status === 401 && !path.startsWith('/api/auth/')) reportSignedOut();
    throw error;
  }
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

function query(parameters: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return text && `?${text}`;
}

const segment = encodeURIComponent;

async function allPages<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await request('GET', path + query({ limit: 200, cursor }));
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

export const api = {
  config: () => request<ServerConfig>('GET', '/api/config'),
  me: () => request<Person>('GET', '/api/me'),

  setUp: (body: {
    token: string;
    email: string;
    name: string;
    password: string;
    timezone?: string;
  }) => request<Person>('POST', '/api/auth/setup', body),
  logIn: (email: string, password: string) =>
    request<Person>('POST', '/api/auth/login', { email, password }),
  signInWithLink: (token: string) => request<Person>('POST', '/api/auth/sign-in', { token }),
  logOut: () => request<void>('POST', '/api/auth/logout'),

  conversations: (cursor: string | null) =>
    request<Page<Conversation>>('GET', `/api/conversations${query({ limit: 30, cursor })}`),
  renameConversation: (id: string, title: string) =>
    request<Conversation>('PATCH', `/api/conversations/${segment(id)}`, { title }),
  deleteConversation: (id: string) => request<void>('DELETE', `/api/conversations/${segment(id)}`),
  messages: (id: string) => allPages<ChatMessage>(`/api/conversations/${segment(id)}/messages`),
  stopTurn: (id: string) => request<void>('POST', `/api/agent/${segment(id)}/stop`),

  approvals: (status: ApprovalStatus, cursor: string | null = null) =>
    request<Page<Approval>>('GET', `/api/approvals${query({ status, limit: 100, cursor })}`),
  decideApproval: (id: string, decision: Decision) =>
    request<Approval>('POST', `/api/approvals/${segment(id)}`, decision),

  tasks: (status: Task['status'], cursor: string | null = null) =>
    request<Page<Task>>('GET', `/api/tasks${query({ status, limit: 50, cursor })}`),
  addTask: (task: { title: string; dueOn?: string }) => request<Task>('POST', '/api/tasks', task),
  setTaskStatus: (id: string, status: Task['status']) =>
    request<Task>('PATCH', `/api/tasks/${segment(id)}`, { status }),
  deleteTask: (id: string) => request<void>('DELETE', `/api/tasks/${segment(id)}`),
};
