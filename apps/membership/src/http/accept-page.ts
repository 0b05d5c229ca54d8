/** What every page begins with; the empty icon keeps browsers from asking for one. */
export const HEAD = `
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/accept/page.css">
`;

/**
 * The page behind the link of an invitation. The token is in the fragment, which no server and no
 * referrer ever sees; the page takes it out of the address bar at once, and keeps it with the tab's
 * history until the invitation is answered, so that it can be reloaded.
 */
export const ACCEPT_PAGE = `<!doctype html>
<html lang="en">
<head>${HEAD}<title>Invitation</title></head>
<body data-development="false">
<main>
<h1>Invitation</h1>
<p id="about" role="status" tabindex="-1"></p>
<button id="again" type="button" hidden>Try again</button>
<dl id="details" hidden></dl>
<form id="form" hidden>
<label id="token-row" hidden>Access token <input id="access-token" autocomplete="off" spellcheck="false"></label>
<label>Your name <input id="name" maxlength="200" autocomplete="name"></label>
<p><button id="accept" type="submit">Accept</button> <button id="decline" type="button">Decline</button></p>
<p id="trouble" role="alert"></p>
</form>
<noscript><p>This page needs JavaScript: the link's secret part never leaves your browser otherwise.</p></noscript>
</main>
<script src="/accept/page.js"></script>
</body>
</html>
`;

export const ACCEPT_SCRIPT = `'use strict';
const development = document.body.dataset.development === 'true';
const element = (id) => document.getElementById(id);
const token = location.hash.slice(1) || (history.state && history.state.token) || '';
history.replaceState({ token }, '', location.pathname);

// Another link, opened where this page already is, changes nothing but the fragment.
addEventListener('hashchange', () => location.reload());

const say = (text) => { element('about').textContent = text; };

/** What goes wrong is said where the buttons are. */
const attempt = async (work) => {
  const busy = (is) => { for (const button of document.querySelectorAll('button')) button.disabled = is; };
  element('trouble').textContent = '';
  busy(true);
  try {
    await work();
  } catch (error) {
    element('trouble').textContent = error.message;
  } finally {
    busy(false);
  }
};

/** Throws what to tell; passes: the same may work later. */
const ask = async (path, options) => {
  const response = await fetch(path, options).catch(() => undefined);
  if (response && response.status === 204) return {};
  // A proxy in between answers with a page of its own.
  const answer = response && (await response.json().catch(() => undefined));
  if (answer && response.ok) return answer;
  const passing = response
    ? 'The service does not answer just now. Try again in a moment.'
    : 'The service can not be reached. Check your connection, and try again.';
  const passes = !answer || response.status >= 500 || response.status === 429;
  throw Object.assign(new Error((answer && answer.detail) || passing), { passes });
};

const post = (path, body, accessToken) =>
  ask(path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(accessToken ? { authorization: 'Bearer ' + accessToken } : {}),
    },
    body: JSON.stringify(body),
  });

const show = (label, value) => {
  if (value === undefined || value === null || value === '') return;
  const term = document.createElement('dt');
  const text = document.createElement('dd');
  term.textContent = label;
  text.textContent = value;
  element('details').append(term, text);
};

let invitation;

const look = async () => {
  if (token === '') return say('Open this page with the link in your invitation, also to see it again.');
  element('again').hidden = true;
  say('Looking it up…');
  try {
    invitation = await post('/api/v1/invitations/lookup', { token });
  } catch (error) {
    element('again').hidden = !error.passes;
    return say(error.message);
  }
  say(invitation.organization.name + ' invites you.');
  const named = ({ name, spaceName }) => (spaceName ? name + ' in ' + spaceName : name);
  show('Roles', invitation.roles.map(named).join(', '));
  show('Teams', invitation.teams.map(({ name }) => name).join(', '));
  show('Good until', new Date(invitation.expiresAt).toLocaleString());
  element('details').hidden = false;
  element('form').hidden = false;
  element('token-row').hidden = development;
};

/** The development issuer signs in whoever was mailed; elsewhere the caller brings a token. */
const signIn = async () => {
  if (!development) return element('access-token').value.trim();
  const { items } = await ask('/dev/mailbox');
  const mail = items.find(({ link }) => link && link.endsWith('#' + token));
  if (!mail) {
    // Accepted or withdrawn meanwhile: then the link says so itself.
    await post('/api/v1/invitations/lookup', { token });
    throw new Error('The mail is not there yet; try again in a moment.');
  }
  const { accessToken } = await post('/dev/token', { email: mail.to });
  return accessToken;
};

/** The button that was pressed is gone: whoever goes by keyboard or ear goes on at the outcome. */
const finish = (text) => {
  history.replaceState(null, '', location.pathname);
  element('form').hidden = true;
  element('details').hidden = true;
  say(text);
  element('about').focus();
};

element('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt(async () => {
    const name = element('name').value.trim();
    const body = name === '' ? { token } : { token, name };
    await post('/api/v1/invitations/accept', body, await signIn());
    finish('You are now in ' + invitation.organization.name + ': you can close this page.');
  });
});

element('decline').addEventListener('click', () => {
  if (!confirm('Decline for good? The link can not be used again.')) return;
  void attempt(async () => {
    await post('/api/v1/invitations/decline', { token });
    finish('You have declined. The link is of no use any more.');
  });
});

element('again').addEventListener('click', () => {
  element('about').focus();
  void look();
});
void look();
`;

export const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: clamp(1rem, 8vh, 4rem) auto; padding: 0 1rem; overflow-wrap: anywhere; }
[hidden] { display: none !important; }
label { display: block; margin: 1rem 0; }
input { display: block; width: 100%; font: inherit; padding: .4rem; box-sizing: border-box; }
button { font: inherit; padding: .5rem 1.25rem; border: 1px solid currentColor; border-radius: .25rem; background: none; }
button[type=submit] { background: #1d4ed8; border-color: #1d4ed8; color: #fff; }
button:disabled { opacity: .5; }
article { border-top: 1px solid #8886; padding: 1rem 0; }
article p { margin: 0 0 .5rem; }
pre { white-space: pre-wrap; font: inherit; }
#about:focus { outline: none; }
#trouble:empty { display: none; }
#trouble { border-left: .25rem solid #b91c1c; padding-left: .75rem; }
dt { font-weight: 600; }
dd { margin: 0 0 .5rem; white-space: pre-line; }
`;
