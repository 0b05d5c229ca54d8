/** Certificates of an authority of one's own, as `openssl` makes them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const openssl = (folder: string, ...parameters: readonly string[]): void => {
  execFileSync('openssl', parameters, { cwd: folder, stdio: 'ignore' });
};
const KEY = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];

/** A server of this machine and who has signed its certificate; all are files, PEM. */
export class Certificates {
  readonly folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  readonly authority = join(this.folder, 'authority.pem');
  /** Has signed nothing here. */
  readonly stranger = join(this.folder, 'stranger.pem');
  readonly key = join(this.folder, 'server.key');
  readonly certificate = join(this.folder, 'server.pem');
  /** Key and certificate in one. */
  readonly both = join(this.folder, 'both.pem');

  constructor() {
    for (const name of ['authority', 'stranger']) {
      const made = ['-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`];
      openssl(this.folder, 'req', '-x509', ...KEY, ...made);
    }
    const asked = ['-subj', '/CN=server', '-keyout', 'server.key', '-out', 'server.csr'];
    openssl(this.folder, 'req', ...KEY.slice(0, 3), ...asked);
    writeFileSync(join(this.folder, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    const signed = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial'];
    const out = ['-extfile', 'names', '-days', '2', '-in', 'server.csr', '-out', 'server.pem'];
    openssl(this.folder, 'x509', '-req', ...signed, ...out);
    writeFileSync(
      this.both,
      [this.key, this.certificate].map((one) => readFileSync(one, 'utf8')).join(''),
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
