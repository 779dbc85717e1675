import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Compares a folder that holds generated files alone with what it should hold.
 * @param {string} folder
 * @param {ReadonlyMap<string, string>} wanted text by path within the folder
 * @returns {string[]} the paths that are missing, different or left over
 */
export function driftIn(folder, wanted) {
  const there = existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    : [];
  const wrong = [...wanted].filter(
    ([path, text]) => !there.includes(path) || readFileSync(join(folder, path), 'utf8') !== text,
  );
  return [...wrong.map(([path]) => path), ...there.filter((path) => !wanted.has(path))];
}

/** Makes the folder hold exactly that. @returns {string[]} the paths that were written or removed */
export function writeInto(folder, wanted) {
  const drift = driftIn(folder, wanted);
  for (const path of drift) {
    const file = join(folder, path);
    const text = wanted.get(path);
    if (text === undefined) rmSync(file);
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
  return drift;
}
