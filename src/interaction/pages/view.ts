import type { PageNeeds } from './content-security-policy.ts';
import type { Html } from './html.ts';
import type { AccountSection, PageContext, ShownAccount } from './models.ts';
import type { Texts } from './texts/en.ts';

/** What a page is written with. */
export interface View extends PageContext {
  readonly texts: Texts;
}

/** A page before the layout is put around it. */
export interface PageBody {
  /** Of the window; the brand is added. */
  readonly title: string;
  readonly main: Html;
  /** Where the browser goes by itself after some seconds when it runs no scripts; null: nowhere. */
  readonly next: URL | null;
  /** A script of ours, without anything that came from outside; null: none. */
  readonly script: string | null;
  /** Where the page stands in a person's account; null: alone, on a card. */
  readonly section: { readonly name: AccountSection; readonly account: ShownAccount } | null;
  readonly needs: Pick<PageNeeds, 'images' | 'frames' | 'forms'>;
}
