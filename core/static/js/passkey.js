// Passkeys: asks the browser to make or use one, and sends the answer with an ordinary form.
// The form says in data-passkey what to do ("get" or "create") and carries the options of the server in data-options.

const toBytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
};

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

const withBytes = (list) => list?.map((entry) => ({ ...entry, id: toBytes(entry.id) }));

function readOptions(form) {
  const options = JSON.parse(form.dataset.options);
  options.challenge = toBytes(options.challenge);
  if (options.user) options.user.id = toBytes(options.user.id);
  if (options.allowCredentials) options.allowCredentials = withBytes(options.allowCredentials);
  if (options.excludeCredentials) options.excludeCredentials = withBytes(options.excludeCredentials);
  return options;
}

function writeCredential(credential) {
  const { response } = credential;
  const answer = {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: {},
    response: { clientDataJSON: toText(response.clientDataJSON) },
  };
  if (response.attestationObject) {
    answer.response.attestationObject = toText(response.attestationObject);
    answer.response.transports = response.getTransports?.() ?? [];
  } else {
    answer.response.authenticatorData = toText(response.authenticatorData);
    answer.response.signature = toText(response.signature);
    if (response.userHandle) answer.response.userHandle = toText(response.userHandle);
  }
  return JSON.stringify(answer);
}

const PROBLEMS = {
  NotAllowedError: "cancelled",
  AbortError: "cancelled",
  InvalidStateError: "known",
  SecurityError: "host",
};

function tell(form, problem) {
  const note = form.querySelector("[data-passkey-problem]");
  for (const sentence of note.querySelectorAll("[data-problem]")) {
    sentence.hidden = sentence.dataset.problem !== problem;
  }
  note.hidden = !problem;
}

function send(form, credential) {
  form.elements.credential.value = writeCredential(credential);
  if (form.dataset.passkeyAction) form.action = form.dataset.passkeyAction;
  form.requestSubmit();
}

async function start(form, button) {
  tell(form, "");
  button.disabled = true;
  silent?.abort();
  try {
    const request = { publicKey: readOptions(form) };
    const credential =
      form.dataset.passkey === "create"
        ? await navigator.credentials.create(request)
        : await navigator.credentials.get(request);
    send(form, credential);
  } catch (problem) {
    tell(form, PROBLEMS[problem.name] ?? "other");
  } finally {
    button.disabled = false;
  }
}

// Where the browser can, it offers a passkey in the address field, before anybody presses a button.
let silent = null;

async function offer(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  silent = new AbortController();
  try {
    const credential = await navigator.credentials.get({
      publicKey: readOptions(form),
      mediation: "conditional",
      signal: silent.signal,
    });
    if (credential) send(form, credential);
  } catch {
    // Nobody asked for it, so nothing is said: the button is still there.
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("[data-passkey-start]");
  if (!window.PublicKeyCredential) {
    (form.hasAttribute("data-script") ? form : button.closest("[data-script]")).remove();
    continue;
  }
  button.addEventListener("click", () => start(form, button));
  if (document.querySelector("[autocomplete~='webauthn']")) offer(form);
}
