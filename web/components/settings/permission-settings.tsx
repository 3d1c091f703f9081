import { Banner } from '@/components/ui/banner';
import { Choice } from '@/components/ui/field';
import { Spinner } from '@/components/ui/icons';
import { api } from '@/lib/api';
import type { PermissionMode } from '@/lib/api-types';
import { MODES } from '@/lib/permissions';
import { RuleList } from './rule-list';
import { useSaved } from './use-saved';

export function PermissionSettings() {
  const { value, failure, busy, save } = useSaved(api.permissions, api.setPermissions);
  if (failure) return <Banner tone="error">{failure}</Banner>;
  if (!value) return <Spinner className="text-muted-foreground" />;
  return (
    <>
      <Choice
        disabled={busy}
        hint={MODES.find(({ mode }) => mode === value.mode)?.means}
        label="In general"
        onChange={({ target }) => save({ ...value, mode: target.value as PermissionMode })}
        value={value.mode}
      >
        {MODES.map(({ mode, name }) => (
          <option key={mode} value={mode}>
            {name}
          </option>
        ))}
      </Choice>
      <RuleList
        busy={busy}
        onChange={(rules) => save({ ...value, rules })}
        rules={value.rules}
        verdicts={['allow', 'ask', 'deny']}
      />
    </>
  );
}
