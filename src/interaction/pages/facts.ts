import { type Hole, type Html, html } from './html.ts';

/** Facts with what each is called, side by side where there is room. */
export function factList(facts: readonly (readonly [name: string, value: Hole])[]): Html {
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
