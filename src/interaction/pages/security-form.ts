import { actionOf, hidden, postForm } from './forms.ts';
import { type Html, html } from './html.ts';
import type { SecurityChange, SecurityPage } from './models.ts';
import { pagePaths } from './paths.ts';
import type { View } from './view.ts';

/** A form of the security page, which says what it changes. */
export function changeForm(
  page: SecurityPage,
  change: SecurityChange,
  content: readonly (Html | null)[],
  view: View,
): Html {
  return postForm({
    action: actionOf(page.form, pagePaths.security, view),
    secrets: page.form,
    attributes: html`class="stack fields"${change === 'passkey-add' ? passkeyAttributes(page) : null}`,
    content: [hidden('change', change), ...content],
  });
}

/** What the script makes a passkey of. */
function passkeyAttributes({ newPasskey }: SecurityPage): Html {
  const options = typeof newPasskey === 'object' ? newPasskey?.options : undefined;
  return html` id="passkey-form" data-options="${options ?? ''}" hidden`;
}
