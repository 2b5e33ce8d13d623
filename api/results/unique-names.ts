// Names for the entries of an archive: safe, and no two alike where upper and lower case are the same.
import { safeFileName } from '#shared/job/file-name.ts';

/** In the given order; a name that comes again becomes `name (2).ext`. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((given) => {
    const name = safeFileName(given);
    let unique = name;
    for (let count = 2; taken.has(unique.toLowerCase()); count += 1) unique = withCount(name, count);
    taken.add(unique.toLowerCase());
    return unique;
  });
}

function withCount(name: string, count: number): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)} (${count})${name.slice(dot)}` : `${name} (${count})`;
}
