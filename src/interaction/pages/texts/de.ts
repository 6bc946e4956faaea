import { html } from '../html.ts';
import type { Texts } from './en.ts';

/** German. */
export const de: Texts = {
  complaints: {
    'wrong-credentials': 'Der Benutzername oder das Passwort ist falsch.',
    'wrong-password': 'Das ist nicht Ihr aktuelles Passwort.',
    'wrong-code':
      'Dieser Code stimmt nicht. Codes wechseln alle 30 Sekunden: Geben Sie den ein, der jetzt angezeigt wird.',
    'wrong-recovery-code':
      'Das ist keiner Ihrer Wiederherstellungscodes, oder er wurde schon verwendet. Jeder gilt nur einmal.',
    'too-many-tries':
      'Das waren zu viele Versuche. Warten Sie eine Weile und versuchen Sie es dann noch einmal.',
    busy: 'Im Moment melden sich viele an. Versuchen Sie es in ein paar Sekunden noch einmal.',
    'passkey-failed':
      'Der Passkey wurde nicht angenommen. Versuchen Sie es noch einmal oder verwenden Sie Ihr Passwort.',
    'passkeys-full':
      'Sie haben so viele Passkeys, wie ein Konto haben kann. Entfernen Sie einen, bevor Sie einen weiteren hinzufügen.',
    'provider-failed': 'Die Anmeldung dort hat nicht geklappt. Versuchen Sie es noch einmal.',
    'not-linked': 'Sie haben sich dort angemeldet, aber dieses Konto ist mit keinem hier verbunden.',
    'username-taken': 'Dieser Benutzername ist vergeben. Wählen Sie einen anderen.',
    'username-unusable':
      'Dieser Benutzername enthält Zeichen, die nicht erlaubt sind, oder ist zu lang. Wählen Sie einen anderen.',
    'email-unusable': 'Geben Sie eine E-Mail-Adresse ein, zum Beispiel name@example.com.',
    'password-too-short': 'Dieses Passwort ist zu kurz.',
    'password-too-long': 'Dieses Passwort ist zu lang.',
    'password-known':
      'Dieses Passwort steht auf öffentlichen Listen gestohlener Passwörter. Wählen Sie ein anderes.',
    'passwords-differ': 'Die beiden neuen Passwörter sind verschieden. Geben Sie zweimal dasselbe ein.',
    'last-way-in': 'Nur mit diesem Passkey können Sie sich anmelden. Fügen Sie zuerst einen anderen hinzu.',
    'form-expired': 'Diese Seite war zu lange offen. Versuchen Sie es noch einmal.',
  },
  wait: {
    seconds: (duration: string) => `in ${duration}`,
    minutes: (duration: string) => `in etwa ${duration}`,
    tries: (moment: string) => `Das waren zu viele Versuche. Versuchen Sie es ${moment} noch einmal.`,
    requests: (moment: string) =>
      `Von dort, wo Sie sind, kommen zu viele Anfragen. Versuchen Sie es ${moment} noch einmal.`,
  },
  done: {
    'password-changed': 'Ihr Passwort wurde geändert.',
    'passkey-added': 'Der Passkey wurde hinzugefügt. Sie können sich ab sofort damit anmelden.',
    'passkey-renamed': 'Der Passkey wurde umbenannt.',
    'passkey-removed': 'Der Passkey wurde entfernt.',
    'totp-on':
      'Ihre Authenticator-App ist eingerichtet. Wenn Sie sich mit Ihrem Passwort anmelden, werden Sie nach einem Code gefragt.',
    'totp-off': 'Sie werden nicht mehr nach Codes gefragt.',
    'recovery-codes-renewed': 'Sie haben neue Wiederherstellungscodes. Die bisherigen gelten nicht mehr.',
  },
  scopes: {
    openid: 'Erkennen, dass Sie es sind',
    profile: 'Ihren Namen und Ihr Profil sehen',
    email: 'Ihre E-Mail-Adresse sehen',
    address: 'Ihre Postanschrift sehen',
    phone: 'Ihre Telefonnummer sehen',
    offline_access: 'Den Zugriff behalten, während Sie weg sind',
  },
  claims: {
    name: 'Ihr Name',
    given_name: 'Ihr Vorname',
    family_name: 'Ihr Nachname',
    middle_name: 'Ihr zweiter Vorname',
    nickname: 'Ihr Spitzname',
    preferred_username: 'Ihr Benutzername',
    profile: 'Die Adresse Ihres Profils',
    picture: 'Ihr Bild',
    website: 'Ihre Website',
    email: 'Ihre E-Mail-Adresse',
    email_verified: 'Ob Ihre E-Mail-Adresse bestätigt ist',
    gender: 'Ihr Geschlecht',
    birthdate: 'Ihr Geburtsdatum',
    zoneinfo: 'Ihre Zeitzone',
    locale: 'Ihre Sprache',
    phone_number: 'Ihre Telefonnummer',
    phone_number_verified: 'Ob Ihre Telefonnummer bestätigt ist',
    address: 'Ihre Postanschrift',
    updated_at: 'Wann sich Ihr Profil zuletzt geändert hat',
  },
  errors: {
    'Invalid client_id': {
      explanation: 'Die App, die Sie hierher geschickt hat, ist hier nicht bekannt oder abgeschaltet.',
    },
    'Invalid redirect_uri': {
      explanation:
        'Die App, die Sie hierher geschickt hat, nennt eine Adresse für die Rückkehr, die nicht für sie hinterlegt ist. Deshalb werden Sie nicht dorthin geschickt.',
    },
    'This page has expired': {
      title: 'Diese Seite ist abgelaufen',
      explanation:
        'Sie war zu lange offen, ist schon erledigt oder gehört zu einem anderen Browser. Cookies müssen für diese Seite erlaubt sein.',
    },
    'This page was sent already': {
      title: 'Diese Seite wurde schon abgeschickt',
      explanation: 'Sie wurde zweimal oder aus zwei Fenstern zugleich abgeschickt. Eines davon hat gegolten.',
    },
    'Method not allowed': {
      title: 'So geht das hier nicht',
      explanation: 'Diese Adresse gibt es, aber sie wird anders aufgerufen.',
    },
    'Too much was sent': {
      title: 'Das war zu viel',
      explanation: 'Was gesendet wurde, ist größer, als diese Seite annimmt.',
    },
    'Unsupported content type': {
      title: 'Unbekanntes Format',
      explanation: 'Formulare werden als application/x-www-form-urlencoded gesendet.',
    },
    'Unknown identity provider': {
      title: 'Unbekannter Anmeldedienst',
      explanation: 'Den Dienst, bei dem sich die Nutzer dieser App anmelden, gibt es nicht.',
    },
    'Page not found': {
      title: 'Seite nicht gefunden',
      explanation: 'Unter dieser Adresse ist nichts.',
    },
    'This account cannot be used': {
      title: 'Dieses Konto kann nicht benutzt werden',
      explanation:
        'Es wurde gesperrt oder gelöscht, oder geändert, während Sie sich anmeldeten. Versuchen Sie es noch einmal; wer diesen Server betreibt, kann mehr dazu sagen.',
    },
    'Too many requests': {
      title: 'Zu viele Anfragen',
      explanation: 'Von dort, wo Sie sind, kommen zu viele Anfragen. Warten Sie eine Weile.',
    },
    'Temporarily unavailable': {
      title: 'Gerade nicht möglich',
      explanation: 'Der Server kann das im Moment nicht. Versuchen Sie es in einer Weile noch einmal.',
    },
    'Something went wrong': {
      title: 'Etwas ist schiefgegangen',
      explanation: 'Der Fehler liegt beim Server und ist dort festgehalten.',
    },
  },
  locale: 'de',
  anApp: 'App ohne Namen',
  skipToContent: 'Zum Inhalt',
  verified: 'Geprüft',
  unverified: 'Nicht geprüft',
  unverifiedNotice: (client, brand) =>
    html`${brand} hat nicht geprüft, wer hinter ${client} steht. Machen Sie nur weiter, wenn Sie die App kennen und ihr vertrauen.`,
  username: 'Benutzername',
  email: 'E-Mail-Adresse',
  password: 'Passwort',
  passwordLength: (least) => `Mindestens ${least} Zeichen.`,
  login: {
    title: 'Anmelden',
    again: 'Bestätigen Sie, dass Sie es sind',
    againWhy: 'Sie sind schon angemeldet. Um fortzufahren, melden Sie sich noch einmal an.',
    toContinue: (client) => html`weiter zu ${client}`,
    submit: 'Anmelden',
    passkey: 'Passkey verwenden',
    passkeyFailed:
      'Der Passkey konnte nicht verwendet werden. Versuchen Sie es noch einmal oder melden Sie sich mit Ihrem Passwort an.',
    or: 'oder',
    provider: (name) => html`Weiter mit ${name}`,
    providerWhy: (name) => html`Sie melden sich mit Ihrem Konto bei ${name} an.`,
    signUp: 'Konto anlegen',
    noAccount: 'Noch kein Konto?',
    showPassword: 'Anzeigen',
    hidePassword: 'Verbergen',
  },
  secondFactor: {
    title: 'Code eingeben',
    why: 'Öffnen Sie Ihre Authenticator-App und geben Sie den sechsstelligen Code ein, den sie anzeigt.',
    code: 'Code',
    submit: 'Anmelden',
    otherWay: 'Stattdessen Wiederherstellungscode verwenden',
    recoveryCode: 'Wiederherstellungscode',
    recoveryWhy:
      'Geben Sie einen der Wiederherstellungscodes ein, die Sie aufbewahrt haben. Jeder gilt nur einmal.',
    useRecoveryCode: 'Code verwenden',
  },
  signUp: {
    title: 'Konto anlegen',
    passwordHint: 'Gut sind ein paar Wörter, die nicht zusammengehören.',
    submit: 'Konto anlegen',
    haveAccount: 'Sie haben schon ein Konto?',
    login: 'Anmelden',
  },
  consent: {
    title: 'Zugriff erlauben?',
    asks: (client) => html`${client} möchte auf Ihr Konto zugreifen`,
    signedInAs: 'Angemeldet als',
    switchAccount: 'Anderes Konto verwenden',
    allows: 'Die App könnte dann',
    isNew: 'Neu',
    claims: 'Diese Angaben von Ihnen sehen',
    applications: 'Diese Dienste für Sie nutzen',
    leadsTo: (host) => html`In jedem Fall geht es weiter zu ${host}.`,
    revocable: 'Was Sie erlauben, können Sie in Ihrem Konto jederzeit zurücknehmen.',
    allow: 'Erlauben',
    deny: 'Ablehnen',
  },
  chooser: {
    title: 'Konto wählen',
    another: 'Anderes Konto verwenden',
  },
  logout: {
    title: 'Abmelden?',
    asks: (client) => html`${client} hat Sie abgemeldet. Möchten Sie sich auch hier abmelden?`,
    why: 'Sie müssen sich in diesem Browser für jede App, die dieses Konto nutzt, neu anmelden.',
    submit: 'Abmelden',
    stay: 'Angemeldet bleiben',
  },
  signedOut: {
    title: 'Sie sind abgemeldet',
    why: 'Sie können dieses Fenster schließen.',
    goingOn: 'Einen Moment: Die Apps, die Sie benutzt haben, werden benachrichtigt.',
    goOn: (client) => html`Weiter zu ${client}`,
    goOnSomewhere: 'Weiter',
  },
  error: {
    badge: 'Das hat nicht geklappt',
    advice:
      'Gehen Sie dorthin zurück, woher Sie kamen, und versuchen Sie es noch einmal. Wenn das nicht hilft, geben Sie dies an die Betreiber der App weiter:',
    code: 'Fehler',
    requestId: 'Anfrage',
  },
  formPost: {
    title: 'Einen Moment',
    why: 'Sie werden zur App zurückgebracht.',
    submit: 'Weiter',
  },
  account: {
    sections: {
      overview: 'Übersicht',
      authorisations: 'Apps',
      sessions: 'Geräte',
      security: 'Sicherheit',
    },
    navigation: 'Ihr Konto',
    signOut: 'Abmelden',
    notYet: 'noch nie',
  },
  overview: {
    title: (name) => html`Hallo, ${name}`,
    plainTitle: 'Ihr Konto',
    authorisations: (count) =>
      count === 1 ? '1 App hat Zugriff auf Ihr Konto.' : `${count} Apps haben Zugriff auf Ihr Konto.`,
    sessions: (count) =>
      count === 1 ? 'Sie sind nur auf diesem Gerät angemeldet.' : `Sie sind auf ${count} Geräten angemeldet.`,
    security: 'Passwort, Passkeys und Authenticator-App.',
    look: 'Ansehen und ändern',
  },
  authorisations: {
    title: 'Apps mit Zugriff',
    why: 'Sie haben diesen Apps erlaubt, Ihr Konto zu nutzen. Wenn Sie den Zugriff beenden, gilt das sofort.',
    none: 'Keine App hat Zugriff auf Ihr Konto.',
    can: 'Die App kann',
    since: 'Erlaubt',
    lastUsed: 'Zuletzt genutzt',
    revoke: 'Zugriff beenden',
    revokeAll: 'Zugriff aller Apps beenden',
    revokeAllWhy: 'Alle verlieren den Zugriff, und Sie werden bei ihnen abgemeldet.',
    done: {
      'authorisation-revoked': 'Die App hat keinen Zugriff mehr auf Ihr Konto.',
      'authorisations-revoked': 'Keine App hat mehr Zugriff auf Ihr Konto.',
    },
  },
  sessions: {
    title: 'Wo Sie angemeldet sind',
    why: 'Wenn Sie ein Gerät nicht kennen, melden Sie es ab und ändern Sie Ihr Passwort.',
    current: 'Dieses Gerät',
    unknownDevice: 'Unbekanntes Gerät',
    device: (browser, system) => `${browser} unter ${system}`,
    since: 'Angemeldet',
    lastSeen: 'Zuletzt aktiv',
    end: 'Abmelden',
    endOthers: 'Überall sonst abmelden',
    done: {
      'session-ended': 'Das Gerät ist abgemeldet.',
      'sessions-ended': 'Sie sind überall sonst abgemeldet.',
    },
  },
  security: {
    title: 'Sicherheit',
    elsewhere: (name) => html`Sie melden sich über ${name} an und ändern dort, wie Sie das tun.`,
    proofWhy: 'Bevor hier etwas geändert werden kann, bestätigen Sie, dass Sie es sind.',
    proof: 'Bestätigen',
    password: 'Passwort',
    hasPassword: 'Sie können sich mit Benutzername und Passwort anmelden.',
    noPassword: 'Sie haben kein Passwort.',
    currentPassword: 'Aktuelles Passwort',
    newPassword: 'Neues Passwort',
    newPasswordAgain: 'Neues Passwort wiederholen',
    endOthers: 'Auch überall sonst abmelden',
    changePassword: 'Passwort ändern',
    passkeys: 'Passkeys',
    passkeysWhy:
      'Mit einem Passkey melden Sie sich mit Fingerabdruck, Gesicht oder Bildschirmsperre an. Er lässt sich nicht erraten und gilt nur auf dieser Seite.',
    noPasskeys: 'Sie haben noch keinen.',
    passkeyNeedsScript:
      'Um einen hinzuzufügen, braucht diese Seite JavaScript und einen Browser, der Passkeys unterstützt.',
    passkeyName: 'Name für diesen Passkey',
    addPasskey: 'Passkey hinzufügen',
    addingFailed: 'Es wurde kein Passkey angelegt. Versuchen Sie es noch einmal.',
    noNewPasskey: {
      full: 'Sie haben so viele Passkeys, wie ein Konto haben kann. Entfernen Sie einen, bevor Sie einen weiteren hinzufügen.',
      'no-domain':
        'Es lässt sich keiner hinzufügen: Browser bewahren Passkeys für Seiten mit einem Namen auf, und diese Adresse ist eine Zahl.',
    },
    renamePasskey: 'Umbenennen',
    removePasskey: 'Entfernen',
    removePasskeyWhy: 'Sie können sich dann nicht mehr damit anmelden.',
    added: 'Hinzugefügt',
    lastUsed: 'Zuletzt benutzt',
    totp: 'Authenticator-App',
    totpOff:
      'Eine App auf Ihrem Telefon, die Codes anzeigt. Mit ihr kann sich niemand allein mit einem gestohlenen Passwort anmelden.',
    totpBegin: 'Einrichten',
    totpScan:
      'Scannen Sie dies mit der App oder tippen Sie den Schlüssel in die App ein. Geben Sie dann den Code ein, den sie anzeigt.',
    totpQrCode: 'QR-Code für die Authenticator-App',
    totpSecret: 'Schlüssel',
    totpConfirm: 'Bestätigen',
    totpCancel: 'Abbrechen',
    totpOn: 'Wenn Sie sich mit Ihrem Passwort anmelden, werden Sie nach einem Code gefragt.',
    renewCodes: 'Neue Wiederherstellungscodes erstellen',
    renewCodesWhy: 'Die Codes, die Sie jetzt haben, gelten dann nicht mehr.',
    totpEnd: 'Authenticator-App abschalten',
    totpEndWhy:
      'Ihr Passwort allein genügt dann zum Anmelden. Auch Ihre Wiederherstellungscodes gelten nicht mehr.',
    recoveryCodesLeft: (count) =>
      count === 1 ? '1 Wiederherstellungscode ist übrig.' : `${count} Wiederherstellungscodes sind übrig.`,
    recoveryCodes: 'Ihre Wiederherstellungscodes',
    recoveryCodesWhy:
      'Bewahren Sie sie dort auf, wo Sie sie ohne Telefon finden. Jeder ersetzt einmal einen Code der App. Sie werden nicht noch einmal gezeigt.',
  },
};
