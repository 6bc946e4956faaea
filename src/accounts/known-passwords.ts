/** Whether `password`, in the form of `comparable`, is one that is known to be used by many. */
export type IsKnownPassword = (password: string) => Promise<boolean>;

/** The form in which passwords are compared with words: letter case and the spelling of characters make no difference. */
export function comparable(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/**
 * Makes the look into a list of some 50,000 passwords that have been found in breaches. It is read when the first password is chosen.
 * @see NIST SP 800-63B §3.1.1.2
 */
export function createKnownPasswords(): IsKnownPassword {
  let reading: Promise<ReadonlySet<string>> | undefined;
  return async (password) => {
    reading ??= readList();
    return (await reading).has(comparable(password));
  };
}

async function readList(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common'].map(comparable));
}
