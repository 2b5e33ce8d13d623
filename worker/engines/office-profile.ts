// The LibreOffice profile of a conversion, made before LibreOffice starts: documents come from strangers.
//
//  - What a document points to is not loaded, where LibreOffice has a setting for it; some readers have none, and for
//    those the sandbox (confine.sh) leaves nothing to find.
//  - Macros never run.
//  - LibreOffice asks nothing, recovers nothing, and calls nobody.
import fs from 'node:fs/promises';
import path from 'node:path';

interface Setting {
  /** Below org.openoffice. */
  readonly node: string;
  readonly name: string;
  readonly value: string | number | boolean;
}

const settings: readonly Setting[] = [
  { node: 'Office.Common/Security/Scripting', name: 'BlockUntrustedRefererLinks', value: true },
  { node: 'Office.Common/Security/Scripting', name: 'DisableMacrosExecution', value: true },
  { node: 'Office.Common/Security/Scripting', name: 'MacroSecurityLevel', value: 3 },
  // Never, of which Writer and Calc have different numbers.
  { node: 'Office.Writer/Content/Update', name: 'Link', value: 0 },
  { node: 'Office.Calc/Content/Update', name: 'Link', value: 1 },
  // A proxy that is not there (the discard port) for whatever would try the network in spite of all this.
  { node: 'Inet/Settings', name: 'ooInetProxyType', value: 2 },
  { node: 'Inet/Settings', name: 'ooInetHTTPProxyName', value: '127.0.0.1' },
  { node: 'Inet/Settings', name: 'ooInetHTTPProxyPort', value: 9 },
  { node: 'Inet/Settings', name: 'ooInetHTTPSProxyName', value: '127.0.0.1' },
  { node: 'Inet/Settings', name: 'ooInetHTTPSProxyPort', value: 9 },
  { node: 'Inet/Settings', name: 'ooInetNoProxy', value: '' },
  { node: 'Office.Common/Save/Document', name: 'AutoSave', value: false },
  { node: 'Office.Recovery/AutoSave', name: 'Enabled', value: false },
  { node: 'Office.Recovery/RecoveryInfo', name: 'Enabled', value: false },
  { node: 'Office.Common/Misc', name: 'FirstRun', value: false },
  { node: 'Office.Common/Misc', name: 'CollectUsageInformation', value: false },
  { node: 'Office.Jobs/Jobs/UpdateCheck/Arguments', name: 'AutoCheckEnabled', value: false },
  { node: 'Office.Common/History', name: 'PickListSize', value: 0 },
];

/** Makes a profile in the folder. */
export async function makeOfficeProfile(folder: string): Promise<void> {
  await fs.mkdir(path.join(folder, 'user'), { recursive: true });
  await fs.writeFile(path.join(folder, 'user', 'registrymodifications.xcu'), describeSettings());
}

function describeSettings(): string {
  const items = settings.map(
    ({ node, name, value }) =>
      `<item oor:path="/org.openoffice.${node}"><prop oor:name="${name}" oor:op="fuse"><value>${value}</value></prop></item>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
    ...items,
    '</oor:items>',
  ].join('\n');
}
