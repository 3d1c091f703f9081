/** A ref for a field that appears because the person just asked for it. */
export function focusOnMount(field: HTMLInputElement | HTMLTextAreaElement | null): void {
  field?.focus();
  field?.setSelectionRange(field.value.length, field.value.length);
}
