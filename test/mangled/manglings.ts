/** A parameter of a request that is right as it stands. */
export interface Parameter {
  readonly name: string;
  readonly value: string;
  /** Absent: it is needed, and has to be right. `be absent`: where it is there, it has to be right. `be anything`: any value is as good. */
  readonly may?: 'be absent' | 'be anything';
}

/** A request with one thing wrong. */
export interface Mangled {
  readonly what: string;
  /** Form-encoded, or what should have been. */
  readonly text: string;
}

const encode = ({ name, value }: Parameter): string => `${name}=${encodeURIComponent(value)}`;

/** What is sent instead of a parameter. */
type Mangling = (parameter: Parameter) => string;

/** Of a parameter that is needed: without it, the request is another. */
const ofNeeded: Readonly<Record<string, Mangling>> = {
  missing: () => '',
  empty: ({ name }) => `${name}=`,
  'without a value': ({ name }) => name,
  'as a list': ({ name, value }) => `${name}[]=${encodeURIComponent(value)}`,
  'in capitals': ({ name, value }) => `${name.toUpperCase()}=${encodeURIComponent(value)}`,
};

/** Of any parameter. */
const ofAny: Readonly<Record<string, Mangling>> = {
  doubled: (parameter) => `${encode(parameter)}&${encode(parameter)}`,
  'with another': (parameter) => `${encode(parameter)}&${parameter.name}=another`,
  'behind another': (parameter) => `${parameter.name}=another&${encode(parameter)}`,
  'no percent-encoding': ({ name }) => `${name}=%zz`,
  'a lone percent sign': ({ name }) => `${name}=100%`,
  'no UTF-8': ({ name }) => `${name}=%ff%fe%fd`,
  'an overlong slash': ({ name }) => `${name}=%c0%af`,
  'half a surrogate pair': ({ name }) => `${name}=%ed%a0%80`,
};

/** Of a parameter whose value matters. */
const ofRight: Readonly<Record<string, Mangling>> = {
  'a null character': ({ name, value }) => `${name}=${encodeURIComponent(value)}%00`,
  'a line break': ({ name, value }) => `${name}=${encodeURIComponent(value)}%0d%0aset-cookie:a=b`,
};

/** Values that are long, strange or of another kind, encoded. */
const strange: Readonly<Record<string, string>> = {
  oversized: 'x'.repeat(5000),
  'larger than any request': 'x'.repeat(100_000),
  markup: encodeURIComponent('"><script>alert(1)</script>'),
  'a prototype': '__proto__',
  'an object': encodeURIComponent('{"a":[{}]}'),
  'a number': '-1',
};

/** What can be wrong with a parameter. */
function waysOf({ name, may }: Parameter): Readonly<Record<string, Mangling>> {
  if (may === 'be anything') return ofAny;
  const values = Object.entries(strange).map(([way, value]) => [way, () => `${name}=${value}`] as const);
  return { ...(may === undefined && ofNeeded), ...ofAny, ...ofRight, ...Object.fromEntries(values) };
}

/** The request with each of its parameters mangled in every way, one at a time. */
export function manglingsOf(parameters: readonly Parameter[]): readonly Mangled[] {
  return parameters.flatMap((parameter) =>
    Object.entries(waysOf(parameter)).map(([way, mangle]) => ({
      what: `${parameter.name}, ${way}`,
      text: parameters
        .map((other) => (other === parameter ? mangle(other) : encode(other)))
        .filter((pair) => pair !== '')
        .join('&'),
    })),
  );
}

/** The request as it is right. */
export function rightText(parameters: readonly Parameter[]): string {
  return parameters.map(encode).join('&');
}
