import { type Language, languages } from './pages/models.ts';

/**
 * The language of a page: the first of `preferred` (OpenID Connect Core §3.1.2.1, `ui_locales`) that there are texts in, else the
 * best of an `Accept-Language` header (RFC 9110 §12.5.4), else English.
 */
export function languageOf(preferred: readonly string[], acceptLanguage: string | undefined): Language {
  const wanted = preferred.map(languageIn).find((language) => language !== undefined);
  return wanted ?? bestOf(acceptLanguage) ?? 'en';
}

/** No header that people send is longer. */
const mostRanges = 20;

function bestOf(header: string | undefined): Language | undefined {
  let best: { readonly language: Language; readonly quality: number } | undefined;
  for (const range of header?.split(',', mostRanges) ?? []) {
    const [tag = '', ...parameters] = range.split(';');
    const language = languageIn(tag);
    const quality = qualityIn(parameters);
    if (language !== undefined && quality > (best?.quality ?? 0)) best = { language, quality };
  }
  return best?.language;
}

/** Texts are by language alone: `de-AT` is `de` (RFC 4647 §3.4). */
function languageIn(tag: string): Language | undefined {
  const primary = tag.trim().split('-', 1)[0]?.toLowerCase();
  return languages.find((language) => language === primary);
}

/** The weight among the parameters of a range; 1 where there is none (RFC 9110 §12.4.2). */
export function qualityIn(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=');
    if (name.trim().toLowerCase() === 'q') return Number.parseFloat(value) || 0;
  }
  return 1;
}
