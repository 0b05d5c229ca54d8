/** What the page behind a link says, run over as much of a browser as it needs. */
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';

type Fetch = (path: string, options?: RequestInit) => Promise<Response>;

/** An element: what is put into it, and what is done with it. */
class Element {
  textContent = '';
  value = '';
  hidden = true;
  readonly children: Element[] = [];
  readonly #heard = new Map<string, (event: object) => void>();

  append(...more: Element[]): void {
    this.children.push(...more);
  }
  addEventListener(type: string, hear: (event: object) => void): void {
    this.#heard.set(type, hear);
  }
  happens(type: string): void {
    this.#heard.get(type)?.({ preventDefault: () => undefined });
  }
  focus(): void {}
}

/** One tab: what its history keeps stays when it is loaded again. */
class Tab {
  #elements = new Map<string, Element>();
  readonly #history = {
    state: null as object | null,
    replaceState: (state: object | null) => void (this.#history.state = state),
  };

  constructor(
    private readonly script: string,
    public network: Fetch,
  ) {}

  load(hash = ''): void {
    this.#elements = new Map();
    const document = {
      body: { dataset: { development: 'true' } },
      getElementById: (id: string) => this.element(id),
      createElement: () => new Element(),
      querySelectorAll: () => [],
    };
    runInNewContext(this.script, {
      document,
      history: this.#history,
      location: { hash, pathname: '/accept' },
      fetch: (...asked: Parameters<Fetch>) => this.network(...asked),
      addEventListener: () => undefined,
    });
  }

  element(id: string): Element {
    const found = this.#elements.get(id) ?? new Element();
    this.#elements.set(id, found);
    return found;
  }

  says(text: RegExp): Promise<true> {
    const said = () => text.test(this.element('about').textContent) || undefined;
    return eventually(said, `word of ${String(text)}`);
  }
}

describe('the page behind a link', () => {
  let service: TestService;
  let ada: HttpClient;
  let script: string;
  const online: Fetch = (path, options) => fetch(`${service.url}${path}`, options);
  const offline: Fetch = () => Promise.reject(new TypeError('Failed to fetch'));
  const behindAProxy: Fetch = () =>
    Promise.resolve(new Response('<html>Bad gateway</html>', { status: 502 }));
  const linkTo = async (email: string, more: object): Promise<string> => {
    const { status } = await ada.post('/organizations/acme/invitations', { email, ...more });
    expect(status).toBe(201);
    return `#${await service.linkOf(email)}`;
  };

  beforeAll(async () => {
    service = await TestService.start();
    ada = await service.signIn('ada@example.com');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
    script = String((await service.anybody.get('//accept/page.js')).body);
  });
  afterAll(() => service.stop());

  test('names roles and spaces as the mail does', async () => {
    const made = async (what: string, body: object): Promise<string> =>
      String((await ada.post(`/organizations/acme/${what}`, body)).body['id']);
    const spaces = [
      await made('spaces', { name: 'Alpha' }),
      await made('spaces', { name: 'Beta' }),
    ];
    const wanted = { scopes: ['organization'], permissions: ['audit_log:view'] };
    const role = await made('roles', { name: 'Night watch', ...wanted });
    const grants = [...spaces.map((space) => ({ role: 'viewer', space })), { role }];
    const link = await linkTo('roles@example.com', { grants });
    const tab = new Tab(script, online);
    tab.load(link);
    await tab.says(/^Acme invites you/);
    const details = tab.element('details').children.map(({ textContent }) => textContent);
    expect(details.slice(0, 2)).toEqual(['Roles', 'Viewer in Alpha, Viewer in Beta, Night watch']);
  });

  test.each([
    ['offline', offline, /can not be reached.* try again/],
    ['behind a proxy that has lost the service', behindAProxy, /does not answer.* Try again/],
  ])('%s says so, and can try again, by itself or loaded anew', async (_, failing, words) => {
    const link = await linkTo(`${_.length}@example.com`, { roles: ['viewer'] });
    const tab = new Tab(script, failing);
    tab.load(link);
    await tab.says(words);
    expect(tab.element('again').hidden).toBe(false);
    tab.load();
    await tab.says(words);
    tab.network = online;
    tab.element('again').happens('click');
    await tab.says(/^Acme invites you/);
    expect(tab.element('again').hidden).toBe(true);

    tab.network = failing;
    tab.element('form').happens('submit');
    const trouble = () => words.test(tab.element('trouble').textContent) || undefined;
    await eventually(trouble, 'trouble');
    tab.network = online;
    tab.load();
    await tab.says(/^Acme invites you/);
  });

  test('opened again by whoever has accepted, leads nobody to ask for a new link', async () => {
    const link = await linkTo('bob@example.com', { roles: ['viewer'] });
    const tab = new Tab(script, online);
    tab.load(link);
    await tab.says(/^Acme invites you/);
    tab.element('form').happens('submit');
    await tab.says(/^You are now in Acme/);
    tab.load();
    await tab.says(/^Open this page with the link/);
    tab.load(link);
    await tab.says(/If you have accepted already, you are in/);
    expect(tab.element('again').hidden).toBe(true);
  });

  test('says nothing of looking anything up where no script runs', async () => {
    const { body } = await service.anybody.get<string>('//accept');
    expect(body).toContain('needs JavaScript');
    expect(body).not.toContain('Looking it up');
  });
});
