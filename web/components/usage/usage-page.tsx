'use client';

import { useEffect, useState } from 'react';
import { PageBody } from '@/components/shell/page-body';
import { useSession } from '@/components/shell/session';
import { Banner } from '@/components/ui/banner';
import { Field } from '@/components/ui/field';
import { Spinner } from '@/components/ui/icons';
import { costInWords, tokensRead } from '@/lib/amounts';
import { api } from '@/lib/api';
import type { TokenCounts, UsageReport } from '@/lib/api-types';
import { shortDate, zoneOf } from '@/lib/dates';
import { describeError } from '@/lib/problem';
import { addDays, dayOf } from '@/lib/zoned-time';

const FIRST_SPAN_DAYS = 30;

function Totals({ total }: { total: TokenCounts }) {
  const { locale } = useSession().locale;
  const count = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
  const figures = [
    ['Cost', costInWords(total.costUsd, locale)],
    ['Requests', count.format(total.modelCalls)],
    ['Tokens read', count.format(tokensRead(total))],
    ['Tokens written', count.format(total.outputTokens)],
  ];
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
      {figures.map(([name, figure]) => (
        <div className="rounded-xl border bg-card px-4 py-3" key={name}>
          <dt className="text-muted-foreground text-xs">{name}</dt>
          <dd className="mt-1 font-semibold text-xl tabular-nums">{figure}</dd>
        </div>
      ))}
    </dl>
  );
}

const KINDS = { answer: 'answers', summary: 'summaries', title: 'titles' };

const HEADS = ['Day', 'Model', 'Requests', 'Read', 'From cache', 'Written', 'Cost'];

function UsageTable({ items }: { items: UsageReport['items'] }) {
  const { locale } = useSession();
  const count = new Intl.NumberFormat(locale.locale);
  const now = new Date();
  return (
    <div className="overflow-x-auto rounded-xl border bg-card">
      <table className="w-full text-right text-sm tabular-nums">
        <thead className="text-muted-foreground text-xs">
          <tr className="[&>th:nth-child(-n+2)]:text-left">
            {HEADS.map((head) => (
              <th className="whitespace-nowrap px-3 py-2.5 font-medium" key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y border-t [&_td]:whitespace-nowrap [&_td]:px-3 [&_td]:py-2">
          {items.map((row) => (
            <tr key={`${row.day} ${row.model} ${row.kind}`}>
              <td className="text-left">
                {shortDate({ dueOn: row.day, dueAt: null }, now, locale)}
              </td>
              <td className="text-left">
                {row.model}
                {row.kind !== 'answer' && (
                  <span className="text-muted-foreground"> · {KINDS[row.kind]}</span>
                )}
              </td>
              <td>{count.format(row.modelCalls)}</td>
              <td>{count.format(tokensRead(row))}</td>
              <td>{count.format(row.cacheReadTokens)}</td>
              <td>{count.format(row.outputTokens)}</td>
              <td>{costInWords(row.costUsd, locale.locale)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function UsagePage() {
  const today = dayOf(new Date().toISOString(), zoneOf(useSession().locale));
  const [days, setDays] = useState({ from: addDays(today, 1 - FIRST_SPAN_DAYS), to: today });
  const [report, setReport] = useState<UsageReport | null>(null);
  const [failure, setFailure] = useState<string | null>(null);

  useEffect(() => {
    let isOutdated = false;
    setFailure(null);
    api.usage(days.from, days.to).then(
      (found) => isOutdated || setReport(found),
      (error: unknown) => isOutdated || setFailure(describeError(error)),
    );
    return () => {
      isOutdated = true;
    };
  }, [days]);
  const day = (name: 'from' | 'to', label: string) => (
    <Field
      label={label}
      onChange={({ target }) => target.value && setDays({ ...days, [name]: target.value })}
      type="date"
      value={days[name]}
    />
  );

  return (
    <PageBody description="What your conversations have asked of models." title="Usage">
      <div className="grid grid-cols-2 gap-3 sm:max-w-sm">
        {day('from', 'From')}
        {day('to', 'To')}
      </div>
      {failure && <Banner tone="error">{failure}</Banner>}
      {!report && !failure && <Spinner className="text-muted-foreground" />}
      {report && <Totals total={report.total} />}
      {report && report.items.length > 0 && <UsageTable items={report.items} />}
      {report?.items.length === 0 && (
        <p className="text-muted-foreground text-sm">Nothing in these days.</p>
      )}
    </PageBody>
  );
}
