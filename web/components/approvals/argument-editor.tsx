import { Area, Choice, Field, Tick } from '@/components/ui/field';
import type { ArgumentField } from '@/lib/argument-form';
import { showHiddenCharacters } from '@/lib/control-characters';
import { nameInWords } from '@/lib/describe-arguments';

const LONG_TEXT = 60;

type EditorProps = {
  fields: ArgumentField[];
  texts: Record<string, string>;
  problems: Record<string, string>;
  disabled: boolean;
  onChange: (name: string, text: string) => void;
};

function textOf({ name, text }: ArgumentField, texts: Record<string, string>): string {
  return (Object.hasOwn(texts, name) ? texts[name] : undefined) ?? text;
}

/** A field would hide what the card spells out, so it is spelled out again below. */
function hiddenHint(text: string): string | undefined {
  const spelled = showHiddenCharacters(text);
  return spelled === text.replaceAll('\r\n', '\n')
    ? undefined
    : `With hidden characters: ${spelled}`;
}

type InputProps = {
  field: ArgumentField;
  value: string;
  problem: string | null;
  disabled: boolean;
  onChange: (text: string) => void;
};

function ArgumentInput({ field, value, problem, disabled, onChange }: InputProps) {
  const { name, label, kind } = field;
  const shared = {
    label,
    disabled,
    hint: hiddenHint(value) ?? field.hint,
    'data-argument': name,
  };
  if (kind === 'boolean') {
    return (
      <Tick
        {...shared}
        checked={value === 'true'}
        hint={problem ?? shared.hint}
        onChange={({ target }) => onChange(String(target.checked))}
      />
    );
  }
  const typed = {
    ...shared,
    problem,
    value,
    onChange: ({ target }: { target: { value: string } }) => onChange(target.value),
  };
  if (kind === 'choice') {
    return (
      <Choice {...typed}>
        {field.empty !== 'refused' && <option value="">None</option>}
        {field.options.map((option) => (
          <option key={option} value={option}>
            {nameInWords(option)}
          </option>
        ))}
      </Choice>
    );
  }
  if (kind === 'json') return <Area className="font-mono" rows={3} {...typed} />;
  const isLong = field.text.length > LONG_TEXT || field.text.includes('\n');
  if (kind === 'lines' || (kind === 'text' && isLong)) {
    return <Area dir="auto" rows={3} {...typed} />;
  }
  const types = { text: 'text', number: 'number', date: 'date', moment: 'datetime-local' };
  return <Field dir="auto" step="any" type={types[kind]} {...typed} />;
}

/** The arguments of a call as fields, each in the form that its schema asks for. */
export function ArgumentEditor({ fields, texts, problems, disabled, onChange }: EditorProps) {
  return fields.map((field) => (
    <ArgumentInput
      disabled={disabled}
      field={field}
      key={field.name}
      onChange={(text) => onChange(field.name, text)}
      problem={(Object.hasOwn(problems, field.name) && problems[field.name]) || null}
      value={textOf(field, texts)}
    />
  ));
}
