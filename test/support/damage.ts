/** Damage to a log on disk, while nobody has it open. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '#database/sqlite.js';

/** Changes a letter of one event's content in `log.db` of this folder. */
export function damage(folder: string, stream: string, revision: number): void {
  const database = openDatabase(join(folder, 'log.db'));
  const { changes } = database
    .prepare(
      `update events set canonical = cast(replace(cast(canonical as text), 'type', 'tipe') as blob)
       where stream = ? and revision = ?`,
    )
    .run(stream, revision);
  database.close();
  if (changes !== 1) throw new Error(`there is no event ${revision} of ${stream}`);
}

/** Changes one bit of the first letter, wherever the file says this. */
export function flip(file: string, text: string): void {
  const bytes = readFileSync(file);
  let found = 0;
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1)) {
    bytes[at] = bytes.readUInt8(at) ^ 1;
    found += 1;
  }
  if (found === 0) throw new Error(`${file} does not say ${text}`);
  writeFileSync(file, bytes);
}
