export type FieldProblem = { field: string; problem: string };

export type Problem = {
  status: number;
  code: string;
  detail: string;
  requestId: string | null;
  fields: FieldProblem[];
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readFields(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) =>
    isRecord(entry) && typeof entry.field === 'string' && typeof entry.problem === 'string'
      ? [{ field: entry.field, problem: entry.problem }]
      : [],
  );
}

const FALLBACKS: Record<number, string> = {
  401: 'Your session has ended. Please sign in again.',
  403: 'You are not allowed to do that.',
  404: 'This could not be found.',
  413: 'That is too large to send.',
  429: 'Too many requests. Please wait a moment and try again.',
  502: 'The server could not be reached. Please try again.',
  503: 'The server is busy. Please try again in a moment.',
};

/** Reads a problem+json body; anything else (a proxy's html page) becomes a plain sentence. */
export function parseProblem(status: number, body: string): Problem {
  const fallback = FALLBACKS[status] ?? 'Something went wrong on the server. Please try again.';
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    parsed = null;
  }
  const record = isRecord(parsed) ? parsed : {};
  const words = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  return {
    status,
    code: words(record.code) ?? (status === 401 ? 'unauthorized' : 'internal'),
    detail: words(record.detail) ?? words(record.title) ?? fallback,
    requestId: words(record.requestId),
    fields: readFields(record.fields),
  };
}

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | null;
  readonly fields: FieldProblem[];

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ApiError';
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.requestId = problem.requestId;
    this.fields = problem.fields;
  }

  /** The complaint about one JSON field, such as `email`. */
  field(name: string): string | null {
    return this.fields.find((entry) => entry.field === `/${name}`)?.problem ?? null;
  }
}

/** Fetch rejects with a TypeError when no answer came at all. */
export function isNetworkError(error: unknown): boolean {
  return error instanceof TypeError;
}

export function describeError(error: unknown): string {
  if (error instanceof ApiError) return error.detail;
  if (isNetworkError(error)) return 'The server could not be reached. Check your connection.';
  return error instanceof Error && error.message ? error.message : 'Something went wrong.';
}

/** The AI SDK keeps the status and body of a refused request on its error object. */
export function refusalOf(error: unknown): ApiError | null {
  if (!isRecord(error) || typeof error.statusCode !== 'number') return null;
  const body = typeof error.responseBody === 'string' ? error.responseBody : '';
  return new ApiError(parseProblem(error.statusCode, body));
}
