import { Area, Choice, Field } from '@/components/ui/field';
import type { ArgumentField } from '@/lib/argument-form';
import { showHiddenCharacters } from '@/lib/control-characters';

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

/** The arguments of a call as fields, each in the form that its value has. */
export function ArgumentEditor({ fields, texts, problems, disabled, onChange }: EditorProps) {
  return fields.map((field) => {
    const { name, label, kind } = field;
    const value = textOf(field, texts);
    const shared = {
      label,
      disabled,
      value,
      problem: Object.hasOwn(problems, name) ? problems[name] : null,
      hint: hiddenHint(value),
      'data-argument': name,
      onChange: ({ target }: { target: { value: string } }) => onChange(name, target.value),
    };
    if (kind === 'boolean') {
      return (
        <Choice key={name} {...shared}>
          <option value="true">Yes</option>
          <option value="false">No</option>
        </Choice>
      );
    }
    if (kind === 'json') return <Area className="font-mono" key={name} rows={3} {...shared} />;
    if (kind === 'text' && (field.text.length > LONG_TEXT || field.text.includes('\n'))) {
      return <Area dir="auto" key={name} rows={3} {...shared} />;
    }
    const types = { text: 'text', number: 'number', date: 'date', moment: 'datetime-local' };
    return <Field dir="auto" key={name} step="any" type={types[kind]} {...shared} />;
  });
}
