/** What every page needs. Everything that a person or a client has written is escaped by the pages, and nowhere else. */
export interface PageContext {
  /** The first of the request's languages that there are texts in. */
  readonly language: Language;
  /** `popup`: in a small window. `touch`: for fingers. */
  readonly display: Display;
  readonly brand: Brand;
  /** How many characters a password has at least that somebody chooses. */
  readonly shortestPassword: number;
  /** Of the one style and the one script that the page may have (CSP). */
  readonly nonce: string;
  /** Below which the paths of the pages stand; empty, unless the issuer has a path. */
  readonly basePath: string;
}

/** How pages can look (OpenID Connect Core §3.1.2.1, `display`). */
export type Display = 'page' | 'popup' | 'touch';

/** Languages that there are texts in. */
export const languages = ['en', 'de'] as const;

/** One of `languages`. */
export type Language = (typeof languages)[number];

/** How the operator wants the pages to look. */
export interface Brand {
  readonly name: string;
  /** Null: the name is written out. */
  readonly logoUri: string | null;
  /** `#rrggbb`; null: the default colour. */
  readonly color: string | null;
}

/** A client as people see it. */
export interface ShownClient {
  readonly id: string;
  /** Null: it has none. */
  readonly name: string | null;
  readonly description: string | null;
  readonly websiteUri: string | null;
  readonly logoUri: string | null;
  readonly verified: boolean;
}

/** An account as its person sees it. */
export interface ShownAccount {
  readonly username: string;
  readonly name: string | null;
  /** Null: there is none that is verified. */
  readonly email: string | null;
}

/** Hidden fields of every form of a page. */
export interface FormSecrets {
  /** Null: the page belongs to no request. */
  readonly interaction: string | null;
  readonly csrf: string;
  /** Path that the forms are posted to, with the base path; absent: that of the page, as `pagePaths` has it. */
  readonly action?: string;
  /**
   * The URI that the browser may be sent to in answer to a form, when it is not https: browsers hold the policy of the page against
   * redirects too (Content Security Policy Level 3 §4.2). Absent: an https URI, or this server.
   */
  readonly leadsTo?: string;
}

/** Why what a person sent did not do. */
export type Complaint =
  | 'wrong-credentials'
  | 'wrong-password'
  | 'wrong-code'
  | 'wrong-recovery-code'
  | 'too-many-tries'
  | 'busy'
  | 'passkey-failed'
  | 'passkeys-full'
  | 'provider-failed'
  | 'not-linked'
  | 'username-taken'
  | 'username-unusable'
  | 'email-unusable'
  | 'password-too-short'
  | 'password-too-long'
  | 'password-known'
  | 'passwords-differ'
  | 'last-way-in'
  | 'form-expired';

/** A page that can say what is wrong. */
interface Complaining {
  /** Null: nothing is. */
  readonly complaint: Complaint | null;
  /** After how many seconds it may be sent again. Absent: nobody knows. */
  readonly retryAfterSeconds?: number | undefined;
}

/** `/login`: the password form is the first form. The form for passkeys sends the browser's answer as JSON in `passkey`. */
export interface LoginPage extends Complaining {
  readonly kind: 'login';
  readonly form: FormSecrets;
  /** Null: nobody but the server itself asked. */
  readonly client: ShownClient | null;
  readonly username: string;
  /** Null: the built-in provider; else the only way in is there. */
  readonly provider: { readonly name: string; readonly startPath: string } | null;
  /** Options for `navigator.credentials.get`, as JSON; null: passkeys are not offered. */
  readonly passkeyOptions: string | null;
  readonly signUpPath: string | null;
  /** True: the person is signed in already, and proves it once more. */
  readonly again: boolean;
}

/** The second factor, behind the password: field `code`, of the authenticator app or a recovery code; for one, `factor` is `recovery-code`. */
export interface SecondFactorPage extends Complaining {
  readonly kind: 'second-factor';
  readonly form: FormSecrets;
  readonly client: ShownClient | null;
  readonly account: ShownAccount;
}

/** `prompt=create`: fields `username`, `email`, `password`. */
export interface SignUpPage extends Complaining {
  readonly kind: 'sign-up';
  readonly form: FormSecrets;
  readonly client: ShownClient | null;
  readonly username: string;
  readonly email: string;
  readonly loginPath: string;
}

/** One thing that a client asks for. */
export interface AskedScope {
  readonly name: string;
  /** What the operator calls it; null: the page has words for the standard ones, or writes the name. */
  readonly label: string | null;
  /** True: the person has not allowed it before. */
  readonly isNew: boolean;
}

/** `/consent`: allow and deny are separate forms, allow first; field `decision` is `allow` or `deny`. */
export interface ConsentPage {
  readonly kind: 'consent';
  readonly form: FormSecrets;
  readonly client: ShownClient;
  readonly account: ShownAccount;
  readonly scopes: readonly AskedScope[];
  /** Claims that are asked for one by one and that no scope covers. */
  readonly claims: readonly string[];
  /** Names of the APIs that the client gets access to. */
  readonly applications: readonly string[];
  /** The host, or the scheme of an app, that the browser goes to afterwards. */
  readonly redirectHost: string;
  /** Where the person goes on as somebody else. */
  readonly switchAccountPath: string;
}

/** The account chooser. */
export interface AccountChooserPage {
  readonly kind: 'account-chooser';
  readonly form: FormSecrets;
  readonly client: ShownClient | null;
  /** `handle` is the value of the field `session`; it is empty when the person wants to use another account. */
  readonly accounts: readonly (ShownAccount & { readonly handle: string })[];
}

/** `/logout`: asks whether to sign out. */
export interface LogoutPage {
  readonly kind: 'logout';
  readonly form: FormSecrets;
  readonly client: ShownClient | null;
  readonly account: ShownAccount | null;
}

/** After a logout: loads the front-channel addresses, then goes on where there is somewhere to go. */
export interface SignedOutPage {
  readonly kind: 'signed-out';
  readonly client: ShownClient | null;
  readonly frameUris: readonly string[];
  /** Null: the way ends here. */
  readonly continueUri: string | null;
}

/** What is wrong, in plain words. `title` is English and stable, such as `Invalid redirect_uri`. */
export interface ErrorPage {
  readonly kind: 'error';
  readonly title: string;
  readonly explanation: string;
  /** Of the RFCs; null: there is none. */
  readonly code: string | null;
  readonly requestId: string;
  /** After how many seconds there are not too many requests any more. Absent: that is not what is wrong. */
  readonly retryAfterSeconds?: number | undefined;
}

/** Sends the browser to the client with a POST (OAuth 2.0 Form Post Response Mode). */
export interface FormPostPage {
  readonly kind: 'form-post';
  readonly action: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The parts of a person's own pages. */
export type AccountSection = 'overview' | 'authorisations' | 'sessions' | 'security';

/** `/account`: who is signed in, and the way to everything else. */
export interface AccountOverviewPage {
  readonly kind: 'account-overview';
  readonly account: ShownAccount;
  readonly authorisations: number;
  readonly sessions: number;
  readonly logoutPath: string;
}

/** `/account/authorisations`: what each client may do. Field `revoke` is the id of one, or `all`. */
export interface AuthorisationsPage {
  readonly kind: 'authorisations';
  readonly form: FormSecrets;
  readonly account: ShownAccount;
  readonly authorisations: readonly ShownAuthorisation[];
  readonly done: 'authorisation-revoked' | 'authorisations-revoked' | null;
}

/** What a person has allowed a client. Times are epoch seconds. */
export interface ShownAuthorisation {
  readonly id: string;
  readonly client: ShownClient;
  readonly scopes: readonly AskedScope[];
  readonly createdAt: number;
  readonly lastUsedAt: number;
}

/** `/account/sessions`: where the person is signed in. Field `end` is the handle of one, or `others`. */
export interface SessionsPage {
  readonly kind: 'sessions';
  readonly form: FormSecrets;
  readonly account: ShownAccount;
  /** The one of this browser first. */
  readonly sessions: readonly ShownSession[];
  readonly done: 'session-ended' | 'sessions-ended' | null;
}

/** A browser that the person is signed in at. Times are epoch seconds. */
export interface ShownSession {
  readonly handle: string;
  readonly current: boolean;
  readonly userAgent: string | null;
  readonly authTime: number;
  readonly lastSeenAt: number;
}

/** A passkey as its person sees it. Times are epoch seconds. */
export interface ShownPasskey {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

/** The authenticator app of an account. `secret` is for typing, `uri` for the QR code. */
export type ShownTotp =
  | { readonly state: 'off' }
  | { readonly state: 'pending'; readonly secret: string; readonly uri: string }
  | { readonly state: 'on'; readonly recoveryCodesLeft: number };

/** What can be changed at `/account/security`; the value of the field `change`. */
export type SecurityChange =
  | 'password'
  | 'passkey-add'
  | 'passkey-rename'
  | 'passkey-remove'
  | 'totp-begin'
  | 'totp-confirm'
  | 'totp-end'
  | 'recovery-codes';

/** `/account/security`: password, passkeys, authenticator app, recovery codes. Field `change` says what a form is about. */
export interface SecurityPage {
  readonly kind: 'security';
  readonly form: FormSecrets;
  readonly account: ShownAccount;
  /** Null: the person signs in here; else the name of where they do, and there is nothing to change. */
  readonly providerName: string | null;
  /** Where the person proves who they are before anything can be changed; null: they have just done so. */
  readonly proofPath: string | null;
  readonly hasPassword: boolean;
  readonly passkeys: readonly ShownPasskey[];
  /**
   * Options for `navigator.credentials.create`, as JSON, and what brings the challenge back; null: none can be added now. `full`: the
   * account has as many as it may have. `no-domain`: browsers have none for the host of this server.
   */
  readonly newPasskey: { readonly options: string; readonly challenge: string } | 'full' | 'no-domain' | null;
  readonly totp: ShownTotp;
  /** Shown once, when they are made; null: none were made just before. */
  readonly recoveryCodes: readonly string[] | null;
  readonly complaint:
    | (Complaining & { readonly about: SecurityChange; readonly complaint: Complaint })
    | null;
  readonly done:
    | 'password-changed'
    | 'passkey-added'
    | 'passkey-renamed'
    | 'passkey-removed'
    | 'totp-on'
    | 'totp-off'
    | 'recovery-codes-renewed'
    | null;
}

/** Every page. */
export type Page =
  | LoginPage
  | SecondFactorPage
  | SignUpPage
  | ConsentPage
  | AccountChooserPage
  | LogoutPage
  | SignedOutPage
  | ErrorPage
  | FormPostPage
  | AccountOverviewPage
  | AuthorisationsPage
  | SessionsPage
  | SecurityPage;

/** The page as HTML, with the policy that it is to be sent with. */
export interface RenderedPage {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}
