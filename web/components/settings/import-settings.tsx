import { type ChangeEvent, useState } from 'react';
import { useConversations } from '@/components/shell/conversations';
import { PagedList } from '@/components/shell/paged-list';
import { useSession } from '@/components/shell/session';
import { Banner } from '@/components/ui/banner';
import { inputClass } from '@/components/ui/field';
import { Progress } from '@/components/ui/progress';
import { api } from '@/lib/api';
import type { ImportJob } from '@/lib/api-types';
import { cx } from '@/lib/cx';
import { relativeTime } from '@/lib/dates';
import { importInWords } from '@/lib/imports';
import { describeError } from '@/lib/problem';
import { useServerChanges } from '@/lib/server-events';
import { useNow } from '@/lib/use-now';
import { usePages } from '@/lib/use-pages';

function ImportRow({ job }: { job: ImportJob }) {
  const { locale } = useSession().locale;
  const now = useNow();
  const isRunning = job.status === 'running' && job.total;
  return (
    <li className="flex flex-col gap-1.5 px-3 py-2.5 text-sm sm:px-4" data-testid="import">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <span className="min-w-0 break-words font-medium" dir="auto">
          {job.name}
        </span>
        <span className="ml-auto text-muted-foreground text-xs">
          {relativeTime(new Date(job.createdAt), now, locale)}
        </span>
      </div>
      <p className={cx(job.status === 'failed' ? 'text-destructive' : 'text-muted-foreground')}>
        {importInWords(job)}
      </p>
      {job.problems.length > 0 && (
        <details className="text-muted-foreground text-xs">
          <summary>Not everything could be taken as it was</summary>
          <ul className="mt-1 list-disc space-y-0.5 break-words pl-4" dir="auto">
            {job.problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </details>
      )}
      {isRunning && (
        <Progress
          label={`Importing ${job.name}`}
          share={(job.imported + job.duplicates + job.skipped) / isRunning}
        />
      )}
    </li>
  );
}

export function ImportSettings() {
  const list = usePages(api.imports, ['import']);
  const { refresh } = useConversations();
  const [share, setShare] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useServerChanges(({ kind }) => kind === 'import', refresh);
  const choose = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const file = target.files?.[0];
    if (!file) return;
    setProblem(null);
    setShare(0);
    try {
      await api.importFile(file, setShare);
      await list.refresh();
    } catch (error) {
      setProblem(describeError(error));
    } finally {
      setShare(null);
      target.value = '';
    }
  };

  return (
    <>
      <input
        accept=".json,.zip,application/json,application/zip"
        aria-label="File to import"
        className={cx(
          inputClass,
          'py-1.5 file:mr-3 file:rounded-md file:bg-secondary file:px-3 file:py-1 file:text-sm',
        )}
        disabled={share !== null}
        onChange={choose}
        type="file"
      />
      {share !== null && <Progress label="Uploading" share={share} />}
      {problem && <Banner tone="error">{problem}</Banner>}
      <PagedList list={list}>
        {(items) => (
          <ul className="divide-y rounded-xl border bg-card">
            {items.map((job) => (
              <ImportRow job={job} key={job.id} />
            ))}
          </ul>
        )}
      </PagedList>
    </>
  );
}
