import { type FormEvent, useId, useState } from 'react';
import { useSession } from '@/components/shell/session';
import { Button } from '@/components/ui/button';
import { Area, Field } from '@/components/ui/field';
import { useToast } from '@/components/ui/toaster';
import { api } from '@/lib/api';
import { ApiError, describeError } from '@/lib/problem';

const LANGUAGES = ['en', 'en-GB', 'en-US', 'de', 'es', 'fr', 'it', 'ja', 'nl', 'pl', 'pt-BR', 'sv'];

function languageInWords(tag: string): string | undefined {
  try {
    return new Intl.DisplayNames(undefined, { type: 'language' }).of(tag);
  } catch {
    return undefined;
  }
}

/** Suggestions for a field; what else is typed is taken too. */
function Suggestions({ id, values }: { id: string; values: string[] }) {
  return (
    <datalist id={id}>
      {values.map((value) => (
        <option key={value} value={value} />
      ))}
    </datalist>
  );
}

export function ProfileSettings() {
  const { me, replaceMe } = useSession();
  const { timezone, locale, instructions } = me.preferences ?? {};
  const [name, setName] = useState(me.name);
  const [preferences, setPreferences] = useState({
    timezone: timezone ?? '',
    locale: locale ?? '',
    instructions: instructions ?? '',
  });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const say = useToast();
  const id = useId();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      replaceMe(await api.changeMe({ name: name.trim(), preferences }));
      say('Saved.');
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const complaint = (field: string) => (error instanceof ApiError ? error.field(field) : null);
  const isPlaced = error instanceof ApiError && error.fields.length > 0;
  const text = (field: keyof typeof preferences) => ({
    value: preferences[field],
    problem: complaint(`preferences/${field}`) ?? complaint(field),
    onChange: ({ target }: { target: { value: string } }) =>
      setPreferences({ ...preferences, [field]: target.value }),
  });

  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      <Field
        label="Name"
        onChange={({ target }) => setName(target.value)}
        problem={complaint('name')}
        required
        value={name}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Time zone" list={`${id}-zones`} {...text('timezone')} />
        <Suggestions id={`${id}-zones`} values={Intl.supportedValuesOf('timeZone')} />
        <Field
          hint={languageInWords(preferences.locale)}
          label="Language"
          list={`${id}-languages`}
          {...text('locale')}
        />
        <Suggestions id={`${id}-languages`} values={LANGUAGES} />
      </div>
      <Area
        dir="auto"
        hint="Read by Smithers in every conversation"
        label="Instructions"
        maxLength={8000}
        rows={3}
        {...text('instructions')}
      />
      {error !== null && !isPlaced && (
        <p className="text-destructive text-sm" role="alert">
          {describeError(error)}
        </p>
      )}
      <Button busy={busy} className="self-start" type="submit">
        Save profile
      </Button>
    </form>
  );
}
