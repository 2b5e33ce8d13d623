// Exits with 0 when node_modules holds just what package-lock.json lists, with 1 otherwise. npm writes
// node_modules/.package-lock.json as the last thing of an install, so one that was cut short never matches.
// Plain JavaScript: it runs on the system's Node, before the project's own is there.
import fs from 'node:fs';

function packagesIn(file) {
  return JSON.parse(fs.readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')).packages;
}

function matches() {
  const wanted = packagesIn('package-lock.json');
  const installed = packagesIn('node_modules/.package-lock.json');
  // Optional packages that are meant for other machines are listed but not installed.
  const missing = Object.entries(wanted).filter(
    ([path, entry]) =>
      path !== '' && installed[path]?.version !== entry.version && !(entry.optional && !installed[path]),
  );
  return missing.length === 0 && Object.keys(installed).every((path) => path in wanted);
}

try {
  process.exitCode = matches() ? 0 : 1;
} catch {
  process.exitCode = 1;
}
