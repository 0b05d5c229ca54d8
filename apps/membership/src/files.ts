/** What lies in `DATA_DIR`. Back up the read models first, then the log, the vault and the keys. */
export const FILES = {
  events: 'events.db',
  vault: 'vault.db',
  readModels: 'read-models.db',
  snapshots: 'snapshots.db',
  keys: 'keys.json',
  devIssuer: 'dev-issuer.json',
  mailbox: 'mailbox',
  moved: 'moved.json',
} as const;
