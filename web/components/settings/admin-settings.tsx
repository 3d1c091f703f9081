import { Banner } from '@/components/ui/banner';
import { Tick } from '@/components/ui/field';
import { Spinner } from '@/components/ui/icons';
import { api } from '@/lib/api';
import { RuleList } from './rule-list';
import { useSaved } from './use-saved';

const SWITCHES = [
  {
    name: 'paused',
    label: 'Pause every change',
    hint: 'Nothing that Smithers would change runs, for anybody, until this is lifted.',
  },
  {
    name: 'bypassEnabled',
    label: 'People may bypass permissions',
    hint: 'Lets people choose a mode in which nothing asks.',
  },
  {
    name: 'taintAsks',
    label: 'Ask after outside text was read',
    hint: 'Changes ask once an answer has read text from outside, whatever rules allow.',
  },
] as const;

export function AdminSettings() {
  const { value, failure, busy, save } = useSaved(api.adminPermissions, api.setAdminPermissions);
  if (failure) return <Banner tone="error">{failure}</Banner>;
  if (!value) return <Spinner className="text-muted-foreground" />;
  return (
    <>
      {SWITCHES.map(({ name, label, hint }) => (
        <Tick
          checked={value[name]}
          disabled={busy}
          hint={hint}
          key={name}
          label={label}
          onChange={({ target }) => save({ ...value, [name]: target.checked })}
        />
      ))}
      <RuleList
        busy={busy}
        onChange={(rules) => save({ ...value, rules })}
        rules={value.rules}
        verdicts={['ask', 'deny']}
      />
    </>
  );
}
