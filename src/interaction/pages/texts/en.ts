import { type Html, html } from '../html.ts';
import type { Complaint, SecurityPage } from '../models.ts';

const complaints: Readonly<Record<Complaint, string>> = {
  'wrong-credentials': 'The user name or the password is wrong.',
  'wrong-password': 'That is not your current password.',
  'wrong-code': 'That code is not right. Codes change every 30 seconds: enter the one that is shown now.',
  'wrong-recovery-code':
    'That is not one of your recovery codes, or it has been used already. Each works once.',
  'too-many-tries': 'There were too many tries. Wait a while, then try again.',
  busy: 'Many people are signing in at this moment. Try again in a few seconds.',
  'passkey-failed': 'The passkey was not accepted. Try again, or use your password.',
  'passkeys-full': 'You have as many passkeys as an account can have. Remove one before you add another.',
  'provider-failed': 'Signing in there did not work. Try again.',
  'not-linked': 'You signed in there, but have no account that can be used here.',
  'username-taken': 'That user name is taken. Choose another.',
  'username-unusable': 'That user name has characters that are not allowed, or is too long. Choose another.',
  'email-unusable': 'Enter an email address, such as name@example.com.',
  'password-too-short': 'That password is too short.',
  'password-too-long': 'That password is too long.',
  'password-known': 'That password is on public lists of stolen passwords. Choose another.',
  'passwords-differ': 'The two new passwords are different. Enter the same one twice.',
  'last-way-in': 'This passkey is your only way to sign in. Add another one first.',
  'form-expired': 'This page was open for too long. Try again.',
};

const done: Readonly<Record<NonNullable<SecurityPage['done']>, string>> = {
  'password-changed': 'Your password has been changed.',
  'passkey-added': 'The passkey has been added. You can sign in with it from now on.',
  'passkey-renamed': 'The passkey has been renamed.',
  'passkey-removed': 'The passkey has been removed.',
  'totp-on':
    'Your authenticator app is set up. You are asked for a code when you sign in with your password.',
  'totp-off': 'You are no longer asked for codes.',
  'recovery-codes-renewed': 'You have new recovery codes. The old ones no longer work.',
};

/** What the standard scopes let a client do (OpenID Connect Core §5.4, §11). */
const scopes: Readonly<Record<string, string>> = {
  openid: 'Know that you are you',
  profile: 'See your name and your profile',
  email: 'See your email address',
  address: 'See your postal address',
  phone: 'See your phone number',
  offline_access: 'Keep this access while you are away',
};

/** What the standard claims are (OpenID Connect Core §5.1). */
const claims: Readonly<Record<string, string>> = {
  name: 'Your name',
  given_name: 'Your first name',
  family_name: 'Your last name',
  middle_name: 'Your middle name',
  nickname: 'Your nickname',
  preferred_username: 'Your user name',
  profile: 'The address of your profile',
  picture: 'Your picture',
  website: 'Your website',
  email: 'Your email address',
  email_verified: 'Whether your email address is confirmed',
  gender: 'Your gender',
  birthdate: 'Your date of birth',
  zoneinfo: 'Your time zone',
  locale: 'Your language',
  phone_number: 'Your phone number',
  phone_number_verified: 'Whether your phone number is confirmed',
  address: 'Your postal address',
  updated_at: 'When your profile last changed',
};

/** An error in the words of a language. */
interface ErrorText {
  /** Absent: the stable title is shown. */
  readonly title?: string;
  readonly explanation: string;
}

const errors: Readonly<Record<string, ErrorText>> = {};

/** English. The other languages have the same keys. */
export const en = {
  complaints,
  /** When something may be tried again; `moment` is one of the first two. */
  wait: {
    seconds: (duration: string) => `in ${duration}`,
    minutes: (duration: string) => `in about ${duration}`,
    tries: (moment: string) => `There were too many tries. Try again ${moment}.`,
    requests: (moment: string) => `There are too many requests from where you are. Try again ${moment}.`,
  },
  done,
  scopes,
  claims,
  /** By their stable titles; of those that are absent, the page's own words are shown. */
  errors,
  /** Of `Intl`. */
  locale: 'en',
  anApp: 'App without a name',
  skipToContent: 'Skip to content',
  verified: 'Verified',
  unverified: 'Not verified',
  unverifiedNotice: (client: Html, brand: Html) =>
    html`${brand} has not checked who is behind ${client}. Continue only if you know it and trust it.`,
  username: 'User name',
  email: 'Email address',
  password: 'Password',
  passwordLength: (least: number) => `At least ${least} characters.`,
  login: {
    title: 'Sign in',
    again: 'Confirm that it is you',
    againWhy: 'You are already signed in. To continue, sign in once more.',
    toContinue: (client: Html) => html`to continue to ${client}`,
    submit: 'Sign in',
    passkey: 'Use a passkey',
    passkeyFailed: 'The passkey could not be used. Try again, or sign in with your password.',
    or: 'or',
    provider: (name: Html) => html`Continue with ${name}`,
    providerWhy: (name: Html) => html`You sign in with your account at ${name}.`,
    signUp: 'Create an account',
    noAccount: 'No account yet?',
    showPassword: 'Show',
    hidePassword: 'Hide',
  },
  secondFactor: {
    title: 'Enter your code',
    why: 'Open your authenticator app and enter the six-digit code that it shows.',
    code: 'Code',
    submit: 'Sign in',
    otherWay: 'Use a recovery code instead',
    recoveryCode: 'Recovery code',
    recoveryWhy: 'Enter one of the recovery codes that you saved. Each works once.',
    useRecoveryCode: 'Use recovery code',
  },
  signUp: {
    title: 'Create your account',
    passwordHint: 'A few words that do not belong together are good.',
    submit: 'Create account',
    haveAccount: 'Already have an account?',
    login: 'Sign in',
  },
  consent: {
    title: 'Allow access?',
    asks: (client: Html) => html`${client} asks for access to your account`,
    signedInAs: 'Signed in as',
    switchAccount: 'Use another account',
    allows: 'It will be able to',
    isNew: 'New',
    claims: 'See these details of yours',
    applications: 'Use these services for you',
    leadsTo: (host: Html) => html`Either way, you go on to ${host}.`,
    revocable: 'What you allow, you can take back in your account at any time.',
    allow: 'Allow',
    deny: 'Deny',
  },
  chooser: {
    title: 'Choose an account',
    another: 'Use another account',
  },
  logout: {
    title: 'Sign out?',
    asks: (client: Html) => html`${client} has signed you out. Do you want to sign out here too?`,
    why: 'You will have to sign in again, in this browser, for every app that uses this account.',
    submit: 'Sign out',
    stay: 'Stay signed in',
  },
  signedOut: {
    title: 'You are signed out',
    why: 'You can close this window.',
    goingOn: 'One moment: the apps that you used are being told.',
    goOn: (client: Html) => html`Continue to ${client}`,
    goOnSomewhere: 'Continue',
  },
  error: {
    badge: 'This did not work',
    advice:
      'Go back to where you came from and try again. If that does not help, give this to whoever runs the app:',
    code: 'Error',
    requestId: 'Request',
  },
  formPost: {
    title: 'One moment',
    why: 'You are being taken back to the app.',
    submit: 'Continue',
  },
  account: {
    sections: {
      overview: 'Overview',
      authorisations: 'Apps',
      sessions: 'Devices',
      security: 'Security',
    },
    navigation: 'Your account',
    signOut: 'Sign out',
    notYet: 'never',
  },
  overview: {
    title: (name: Html) => html`Hello, ${name}`,
    plainTitle: 'Your account',
    authorisations: (count: number) =>
      count === 1 ? '1 app has access to your account.' : `${count} apps have access to your account.`,
    sessions: (count: number) =>
      count === 1 ? 'You are signed in on this device only.' : `You are signed in on ${count} devices.`,
    security: 'Your password, passkeys and authenticator app.',
    look: 'View and change',
  },
  authorisations: {
    title: 'Apps with access',
    why: 'You have allowed these apps to use your account. When you remove access, it ends at once.',
    none: 'No app has access to your account.',
    can: 'It can',
    since: 'Allowed',
    lastUsed: 'Last used',
    revoke: 'Remove access',
    revokeAll: 'Remove access for all apps',
    revokeAllWhy: 'All of them lose access, and you are signed out of them.',
    done: {
      'authorisation-revoked': 'The app no longer has access to your account.',
      'authorisations-revoked': 'No app has access to your account now.',
    },
  },
  sessions: {
    title: 'Where you are signed in',
    why: 'If you do not recognise a device, sign it out and change your password.',
    current: 'This device',
    unknownDevice: 'Unknown device',
    device: (browser: string, system: string) => `${browser} on ${system}`,
    since: 'Signed in',
    lastSeen: 'Last active',
    end: 'Sign out',
    endOthers: 'Sign out everywhere else',
    done: {
      'session-ended': 'That device is signed out.',
      'sessions-ended': 'You are signed out everywhere else.',
    },
  },
  security: {
    title: 'Security',
    elsewhere: (name: Html) => html`You sign in through ${name}. You can change how you sign in there.`,
    proofWhy: 'Before anything can be changed here, confirm that it is you.',
    proof: 'Confirm that it is you',
    password: 'Password',
    hasPassword: 'You can sign in with your user name and a password.',
    noPassword: 'You have no password.',
    currentPassword: 'Current password',
    newPassword: 'New password',
    newPasswordAgain: 'Repeat the new password',
    endOthers: 'Sign out everywhere else too',
    changePassword: 'Change password',
    passkeys: 'Passkeys',
    passkeysWhy:
      'With a passkey you sign in with your fingerprint, your face or your screen lock. It cannot be guessed, and works on this site only.',
    noPasskeys: 'You have none yet.',
    passkeyNeedsScript: 'To add one, this page needs JavaScript and a browser that supports passkeys.',
    passkeyName: 'Name for this passkey',
    addPasskey: 'Add a passkey',
    addingFailed: 'No passkey was created. Try again.',
    noNewPasskey: {
      full: complaints['passkeys-full'],
      'no-domain':
        'None can be added: browsers keep passkeys for sites with a name, and this address is a number.',
    },
    renamePasskey: 'Rename',
    removePasskey: 'Remove',
    removePasskeyWhy: 'You can then no longer sign in with it.',
    added: 'Added',
    lastUsed: 'Last used',
    totp: 'Authenticator app',
    totpOff:
      'An app on your phone that shows codes. With it, nobody can sign in with a stolen password alone.',
    totpBegin: 'Set up',
    totpScan: 'Scan this with the app, or type the key into the app. Then enter the code that it shows.',
    totpQrCode: 'QR code for the authenticator app',
    totpSecret: 'Key',
    totpConfirm: 'Confirm',
    totpCancel: 'Cancel',
    totpOn: 'You are asked for a code when you sign in with your password.',
    renewCodes: 'Make new recovery codes',
    renewCodesWhy: 'The codes that you have now will stop working.',
    totpEnd: 'Turn off the authenticator app',
    totpEndWhy: 'Your password alone will then be enough to sign in. Your recovery codes stop working too.',
    recoveryCodesLeft: (count: number) =>
      count === 1 ? '1 recovery code is left.' : `${count} recovery codes are left.`,
    recoveryCodes: 'Your recovery codes',
    recoveryCodesWhy:
      'Keep them where you can find them without your phone. Each one replaces a code from the app once. They are not shown again.',
  },
};

/** What pages say, in one language. */
export type Texts = typeof en;
