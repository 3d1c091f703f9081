'use client';

import type { ReactNode } from 'react';
import { PageBody } from '@/components/shell/page-body';
import { useSession } from '@/components/shell/session';
import { AdminSettings } from './admin-settings';
import { DecisionLog } from './decision-log';
import { ImportSettings } from './import-settings';
import { PermissionSettings } from './permission-settings';
import { ProfileSettings } from './profile-settings';

type SectionProps = { title: string; description: string; children: ReactNode };

function Section({ title, description, children }: SectionProps) {
  return (
    <section aria-label={title} className="flex flex-col gap-4 border-t pt-6">
      <header>
        <h2 className="font-semibold text-lg">{title}</h2>
        <p className="text-muted-foreground text-sm">{description}</p>
      </header>
      {children}
    </section>
  );
}

export function SettingsPage() {
  const { role } = useSession().me;
  return (
    <PageBody description="Who you are, and what Smithers may do for you." title="Settings">
      <Section description="What Smithers knows of you in every conversation." title="Profile">
        <ProfileSettings />
      </Section>
      <Section description="What runs by itself, what asks, what never runs." title="Permissions">
        <PermissionSettings />
      </Section>
      {role !== 'member' && (
        <Section description="Limits for everybody on this server." title="Administration">
          <AdminSettings />
        </Section>
      )}
      <Section
        description="Conversations from ChatGPT, Claude or another Smithers, as a JSON or zip file. To export one, use its menu in the sidebar."
        title="Import"
      >
        <ImportSettings />
      </Section>
      <Section description="Who or what decided each call, newest first." title="Decisions">
        <DecisionLog />
      </Section>
    </PageBody>
  );
}
