/** What runs in the browser. The pages do without, but for passkeys. Each is all that its page may run. */

/** Octets to base64url and back, of credentials (Web Authentication Level 3 §5.1.8). */
const credentials = `
const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const encode = (octets) => btoa(String.fromCharCode(...new Uint8Array(octets))).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '');
const withIds = (list) => (list ?? []).map((entry) => ({ ...entry, id: decode(entry.id) }));
const write = (credential, names) => {
  const response = {};
  for (const name of names) {
    const octets = credential.response[name];
    if (octets) response[name] = encode(octets);
  }
  const transports = credential.response.getTransports?.();
  if (transports) response.transports = transports;
  return JSON.stringify({
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
};
const form = document.getElementById('passkey-form');
const failed = document.getElementById('passkey-failed');
const canUse = form && window.PublicKeyCredential && navigator.credentials;
const send = (text) => {
  form.elements.passkey.value = text;
  form.submit();
};
const fail = (error) => {
  if (error.name !== 'AbortError') failed.textContent = failed.dataset.text;
};
`;

const revealing = `
for (const button of document.querySelectorAll('[data-reveals]')) {
  const input = document.getElementById(button.dataset.reveals);
  const show = button.textContent;
  const set = (shown) => {
    input.type = shown ? 'text' : 'password';
    button.textContent = shown ? button.dataset.hide : show;
  };
  button.hidden = false;
  button.addEventListener('click', () => set(input.type === 'password'));
  input.form.addEventListener('submit', () => set(false));
}
`;

const signingIn = `
if (canUse) {
  const options = JSON.parse(form.dataset.options);
  const publicKey = { ...options, challenge: decode(options.challenge), allowCredentials: withIds(options.allowCredentials) };
  const parts = ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle'];
  let waiting = new AbortController();
  const ask = async (more) => {
    waiting.abort();
    waiting = new AbortController();
    const credential = await navigator.credentials.get({ publicKey, signal: waiting.signal, ...more });
    if (credential) send(write(credential, parts));
  };
  form.hidden = false;
  document.getElementById('passkey-submit').addEventListener('click', () => {
    failed.textContent = '';
    ask({}).catch(fail);
  });
  PublicKeyCredential.isConditionalMediationAvailable?.().then((can) => {
    if (can) ask({ mediation: 'conditional' }).catch(() => {});
  });
}
`;

const adding = `
if (canUse) {
  const options = JSON.parse(form.dataset.options);
  const publicKey = {
    ...options,
    challenge: decode(options.challenge),
    user: { ...options.user, id: decode(options.user.id) },
    excludeCredentials: withIds(options.excludeCredentials),
  };
  form.hidden = false;
  document.getElementById('passkey-needs-script').hidden = true;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    failed.textContent = '';
    navigator.credentials
      .create({ publicKey })
      .then((credential) => send(write(credential, ['clientDataJSON', 'attestationObject'])))
      .catch(fail);
  });
}
`;

/**
 * A double click sends a form once: of two the browser would show the answer to the second, which came too late. No page learns that
 * it was stopped on its way, so after some seconds its forms can be sent again.
 */
const sendingOnce = `
const release = () => {
  for (const form of document.querySelectorAll('[data-sent]')) form.removeAttribute('data-sent');
};
addEventListener('submit', (event) => {
  if (event.defaultPrevented) return;
  if (document.querySelector('[data-sent]')) return event.preventDefault();
  event.target.setAttribute('data-sent', '');
  setTimeout(release, 5000);
});
addEventListener('pageshow', release);
`;

/** Goes on when the frames have loaded, and no later than after some seconds. */
const goingOn = `
const link = document.getElementById('go-on');
const goOn = () => location.replace(link.href);
setTimeout(goOn, 4000);
if (document.readyState === 'complete') goOn();
else addEventListener('load', goOn);
`;

/** Sign in with a passkey, offered by the browser as soon as it can; show and hide the password. */
export const signInScript = isolate(credentials + revealing + signingIn + sendingOnce);

/** Send a form once. */
export const sendOnceScript = isolate(sendingOnce);

/** Add a passkey. */
export const addPasskeyScript = isolate(credentials + adding + sendingOnce);

/** Follow the link `go-on`. */
export const goOnScript = isolate(goingOn);

/** Send the one form of the page, whatever its fields are called. */
export const submitScript = isolate('HTMLFormElement.prototype.submit.call(document.forms[0]);');

function isolate(script: string): string {
  return `(() => {'use strict';${script}})();`;
}
