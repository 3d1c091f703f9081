import type { ImportJob } from './api-types';

/** How far an import is, or what became of it. */
export function importInWords(job: ImportJob): string {
  const counts = [
    `${job.imported} imported`,
    job.duplicates > 0 && `${job.duplicates} already here`,
    job.skipped > 0 && `${job.skipped} skipped`,
  ].filter(Boolean);
  switch (job.status) {
    case 'queued':
      return 'Waiting to begin';
    case 'running':
      return `${counts.join(', ')}${job.total === null ? '' : ` of ${job.total}`}`;
    case 'completed':
      return counts.join(', ');
    case 'failed':
      return job.error ?? 'The import failed.';
  }
}
