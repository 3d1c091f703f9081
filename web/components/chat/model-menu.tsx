import type { ModelChoice } from './use-model';

/** Chooses the model that answers, where there are several. */
export function ModelMenu({ model: { models, chosen, choose } }: { model: ModelChoice }) {
  if (models.length < 2) return null;
  return (
    <select
      aria-label="Model"
      className="h-9 min-w-0 max-w-40 truncate rounded-lg bg-transparent px-2 text-muted-foreground text-sm hover:bg-accent pointer-coarse:h-10"
      data-testid="model"
      onChange={(event) => choose(event.target.value)}
      value={chosen ?? models[0]?.name}
    >
      {models.map(({ name }) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
