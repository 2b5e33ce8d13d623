// The system packages that Millrace runs, in one table: the set-up installs them, the image is built from the
// same names (a test compares them). A package counts as present when its files are there, however they came:
// LibreOffice with a desktop, from another package, serves as well.
import fs from 'node:fs';
import path from 'node:path';

export const packageGroups = {
  edge: 'HAProxy, in front of the api',
  office: 'LibreOffice, converts office documents, and its sandbox',
  fonts: 'fonts that documents ask for',
  client: 'curl, to try the api by hand',
  inspection: 'Poppler, reads PDFs in tests',
} as const;
export type PackageGroup = keyof typeof packageGroups;

export interface SystemPackage {
  readonly name: string;
  readonly group: PackageGroup;
  /** What an installation downloads, dependencies of its own included; rounded. */
  readonly downloadMebibytes: number;
  /** An executable's name, or the absolute path of a file: there when the package is. */
  readonly evidence: string;
}

const program = '/usr/lib/libreoffice/program';
const registry = '/usr/lib/libreoffice/share/.registry';
const truetype = '/usr/share/fonts/truetype';

export const systemPackages: readonly SystemPackage[] = [
  { name: 'haproxy', group: 'edge', downloadMebibytes: 2, evidence: 'haproxy' },

  { name: 'bubblewrap', group: 'office', downloadMebibytes: 1, evidence: 'bwrap' },
  { name: 'libreoffice-core-nogui', group: 'office', downloadMebibytes: 85, evidence: 'soffice' },
  {
    name: 'libreoffice-writer-nogui',
    group: 'office',
    downloadMebibytes: 12,
    evidence: `${program}/libswlo.so`,
  },
  {
    name: 'libreoffice-calc-nogui',
    group: 'office',
    downloadMebibytes: 8,
    evidence: `${program}/libsclo.so`,
  },
  {
    name: 'libreoffice-impress-nogui',
    group: 'office',
    downloadMebibytes: 2,
    evidence: `${registry}/impress.xcd`,
  },
  {
    name: 'libreoffice-draw-nogui',
    group: 'office',
    downloadMebibytes: 3,
    evidence: `${program}/libsdlo.so`,
  },
  {
    name: 'libreoffice-math-nogui',
    group: 'office',
    downloadMebibytes: 1,
    evidence: `${program}/libsmlo.so`,
  },

  font('fonts-liberation', 1, 'liberation/LiberationSans-Regular.ttf'),
  font('fonts-dejavu', 3, 'dejavu/DejaVuSansCondensed.ttf'),
  font('fonts-crosextra-carlito', 1, 'crosextra/Carlito-Regular.ttf'),
  font('fonts-crosextra-caladea', 1, 'crosextra/Caladea-Regular.ttf'),
  font('fonts-noto-core', 12, 'noto/NotoSans-Regular.ttf'),
  {
    name: 'fonts-noto-cjk',
    group: 'fonts',
    downloadMebibytes: 54,
    evidence: '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc',
  },

  { name: 'curl', group: 'client', downloadMebibytes: 1, evidence: 'curl' },

  { name: 'poppler-utils', group: 'inspection', downloadMebibytes: 3, evidence: 'pdftotext' },
];

function font(name: string, downloadMebibytes: number, file: string): SystemPackage {
  return { name, group: 'fonts', downloadMebibytes, evidence: `${truetype}/${file}` };
}

/** The packages of these groups that are not on this machine. */
export function missingPackages(groups: readonly PackageGroup[]): SystemPackage[] {
  return systemPackages.filter(({ group, evidence }) => groups.includes(group) && !isPresent(evidence));
}

function isPresent(evidence: string): boolean {
  return path.isAbsolute(evidence) ? fs.existsSync(evidence) : findExecutable(evidence) !== undefined;
}

/** The full path of an executable; /usr/sbin counts, even where an ordinary user's PATH leaves it out. */
export function findExecutable(name: string): string | undefined {
  const folders = [
    ...(process.env.PATH ?? '').split(path.delimiter).filter(Boolean),
    '/usr/sbin',
    '/usr/local/sbin',
  ];
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
