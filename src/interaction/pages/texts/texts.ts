import type { Language } from '../models.ts';
import { de } from './de.ts';
import { en, type Texts } from './en.ts';

/** The texts of each language. */
export const textsIn: Readonly<Record<Language, Texts>> = { en, de };
