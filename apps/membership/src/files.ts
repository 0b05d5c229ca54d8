/** What lies in `DATA_DIR`. Back up the log first, then the vault, the keys and the read models. */
export const FILES = {
  events: 'events.db',
  vault: 'vault.db',
  readModels: 'read-models.db',
  snapshots: 'snapshots.db',
  keys: 'keys.json',
  devIssuer: 'dev-issuer.json',
  mailbox: 'mailbox',
} as const;
