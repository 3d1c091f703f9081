import type {
  AdminPermissions,
  Approval,
  ApprovalStatus,
  BatchResult,
  Conversation,
  Decision,
  ImportJob,
  LoggedDecision,
  Meeting,
  MeetingFields,
  Memory,
  Page,
  Permissions,
  Person,
  SearchHit,
  ServerConfig,
  StoredFile,
  Task,
  UsageReport,
} from './api-types';
import type { ChatMessage } from './chat-message';
import { ApiError, parseProblem } from './problem';
import { sendFile } from './send-file';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type ProfileChange = { name?: string; preferences?: Person['preferences'] };

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
  return readAnswer<T>(path, response.status, await response.text());
}

function readAnswer<T>(path: string, status: number, text: string): T {
  if (status < 200 || status > 299) {
    const error = new ApiError(parseProblem(status, text));
    if (error.status === 401 && !path.startsWith('/api/auth/')) reportSignedOut();
    throw error;
  }
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function upload<T>(
  path: string,
  file: File,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<T> {
  const { status, text } = await sendFile(path, file, onProgress, signal);
  return readAnswer<T>(path, status, text);
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
  changeMe: (change: ProfileChange) => request<Person>('PATCH', '/api/me', change),

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
  conversation: (id: string) => request<Conversation>('GET', `/api/conversations/${segment(id)}`),
  /** Shows the branch that this message belongs to. */
  showBranch: (id: string, headId: string) =>
    request<Conversation>('PATCH', `/api/conversations/${segment(id)}`, { headId }),
  exportPath: (id: string, format: 'json' | 'markdown') =>
    `/api/conversations/${segment(id)}/export${query({ format })}`,
  search: (q: string, cursor: string | null) =>
    request<Page<SearchHit>>('GET', `/api/search${query({ q, limit: 20, cursor })}`),
  renameConversation: (id: string, title: string) =>
    request<Conversation>('PATCH', `/api/conversations/${segment(id)}`, { title }),
  deleteConversation: (id: string) => request<void>('DELETE', `/api/conversations/${segment(id)}`),
  messages: (id: string) => allPages<ChatMessage>(`/api/conversations/${segment(id)}/messages`),
  stopTurn: (id: string) => request<void>('POST', `/api/agent/${segment(id)}/stop`),

  approvals: (status: ApprovalStatus, cursor: string | null = null) =>
    request<Page<Approval>>('GET', `/api/approvals${query({ status, limit: 100, cursor })}`),
  approval: (id: string) => request<Approval>('GET', `/api/approvals/${segment(id)}`),
  decideApproval: (id: string, decision: Decision) =>
    request<Approval>('POST', `/api/approvals/${segment(id)}`, decision),
  decideApprovals: (items: Array<Decision & { id: string }>) =>
    request<BatchResult>('POST', '/api/approvals/batch', { items }),

  tasks: (status: Task['status'], cursor: string | null = null) =>
    request<Page<Task>>('GET', `/api/tasks${query({ status, limit: 50, cursor })}`),
  addTask: (task: { title: string; dueOn?: string }) => request<Task>('POST', '/api/tasks', task),
  setTaskStatus: (id: string, status: Task['status']) =>
    request<Task>('PATCH', `/api/tasks/${segment(id)}`, { status }),
  deleteTask: (id: string) => request<void>('DELETE', `/api/tasks/${segment(id)}`),

  meetings: (from: string, cursor: string | null) =>
    request<Page<Meeting>>('GET', `/api/meetings${query({ from, limit: 50, cursor })}`),
  addMeeting: (meeting: MeetingFields) => request<Meeting>('POST', '/api/meetings', meeting),
  changeMeeting: (id: string, change: Partial<MeetingFields> & { status?: Meeting['status'] }) =>
    request<Meeting>('PATCH', `/api/meetings/${segment(id)}`, change),
  deleteMeeting: (id: string) => request<void>('DELETE', `/api/meetings/${segment(id)}`),

  memories: (q: string, cursor: string | null) =>
    request<Page<Memory>>('GET', `/api/memories${query({ q: q || null, limit: 50, cursor })}`),
  addMemory: (text: string) => request<Memory>('POST', '/api/memories', { text }),
  changeMemory: (id: string, text: string) =>
    request<Memory>('PATCH', `/api/memories/${segment(id)}`, { text }),
  forgetMemory: (id: string) => request<void>('DELETE', `/api/memories/${segment(id)}`),
  restoreMemory: (id: string) => request<Memory>('POST', `/api/memories/${segment(id)}/restore`),

  uploadFile: (file: File, onProgress: (share: number) => void, signal?: AbortSignal) =>
    upload<StoredFile>('/api/files', file, onProgress, signal),
  deleteFile: (id: string) => request<void>('DELETE', `/api/files/${segment(id)}`),

  importFile: (file: File, onProgress: (share: number) => void) =>
    upload<ImportJob>('/api/imports', file, onProgress),
  imports: (cursor: string | null) =>
    request<Page<ImportJob>>('GET', `/api/imports${query({ limit: 20, cursor })}`),

  permissions: () => request<Permissions>('GET', '/api/permissions'),
  setPermissions: (permissions: Permissions) =>
    request<Permissions>('PUT', '/api/permissions', permissions),
  adminPermissions: () => request<AdminPermissions>('GET', '/api/admin/permissions'),
  setAdminPermissions: (permissions: AdminPermissions) =>
    request<AdminPermissions>('PUT', '/api/admin/permissions', permissions),
  decisions: (cursor: string | null) =>
    request<Page<LoggedDecision>>('GET', `/api/decisions${query({ limit: 30, cursor })}`),

  usage: (from: string, to: string) =>
    request<UsageReport>('GET', `/api/usage${query({ from, to })}`),
};
