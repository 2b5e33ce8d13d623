// Compound files ([MS-CFB]) with given streams at the top level: enough of Office 97-2003, and of a document
// behind a password, for what tells them apart. Streams are kept in whole sectors.
const sectorBytes = 512;
const endOfChain = 0xffff_fffe;
const free = 0xffff_ffff;
/** Streams below this size would lie in the mini stream, which this does not write. */
export const streamBytesMin = 4096;

export function makeCompoundFile(streams: Readonly<Record<string, Buffer>>): Buffer {
  const names = Object.keys(streams);
  const directorySectors = Math.ceil((names.length + 1) / 4);
  const table = Buffer.alloc(sectorBytes, 0xff);
  const contents: Buffer[] = [];
  // Sector 0 holds the allocation table, then comes the directory, then the streams.
  table.writeUInt32LE(0xffff_fffd, 0);
  let next = 1;
  const chain = (sectors: number): number => {
    const start = next;
    for (let index = 0; index < sectors; index += 1, next += 1) {
      table.writeUInt32LE(index === sectors - 1 ? endOfChain : next + 1, next * 4);
    }
    return start;
  };

  chain(directorySectors);
  const entries = [
    directoryEntry('Root Entry', 5, { child: names.length > 0 ? 1 : free, start: endOfChain, bytes: 0 }),
  ];
  for (const [index, name] of names.entries()) {
    const content = padTo(streams[name] ?? Buffer.alloc(0), streamBytesMin);
    const start = chain(Math.ceil(content.length / sectorBytes));
    contents.push(padTo(content, Math.ceil(content.length / sectorBytes) * sectorBytes));
    const right = index + 1 < names.length ? index + 2 : free;
    entries.push(directoryEntry(name, 2, { right, start, bytes: content.length }));
  }
  const directory = padTo(Buffer.concat(entries), directorySectors * sectorBytes);
  return Buffer.concat([header(), table, directory, ...contents]);
}

function header(): Buffer {
  const bytes = Buffer.alloc(sectorBytes);
  bytes.write('d0cf11e0a1b11ae1', 0, 'hex');
  bytes.writeUInt16LE(0x3e, 0x18);
  bytes.writeUInt16LE(3, 0x1a);
  bytes.writeUInt16LE(0xfffe, 0x1c);
  bytes.writeUInt16LE(9, 0x1e);
  bytes.writeUInt16LE(6, 0x20);
  bytes.writeUInt32LE(1, 0x2c);
  bytes.writeUInt32LE(1, 0x30);
  bytes.writeUInt32LE(streamBytesMin, 0x38);
  bytes.writeUInt32LE(endOfChain, 0x3c);
  bytes.writeUInt32LE(endOfChain, 0x44);
  bytes.fill(0xff, 0x4c);
  bytes.writeUInt32LE(0, 0x4c);
  return bytes;
}

interface Place {
  readonly right?: number;
  readonly child?: number;
  readonly start: number;
  readonly bytes: number;
}

function directoryEntry(
  name: string,
  type: number,
  { right = free, child = free, start, bytes }: Place,
): Buffer {
  const entry = Buffer.alloc(128);
  entry.write(name, 0, 'utf16le');
  entry.writeUInt16LE((name.length + 1) * 2, 0x40);
  entry.writeUInt8(type, 0x42);
  entry.writeUInt8(1, 0x43);
  entry.writeUInt32LE(free, 0x44);
  entry.writeUInt32LE(right, 0x48);
  entry.writeUInt32LE(child, 0x4c);
  entry.writeUInt32LE(start, 0x74);
  entry.writeUInt32LE(bytes, 0x78);
  return entry;
}

function padTo(content: Buffer, bytes: number): Buffer {
  return content.length >= bytes ? content : Buffer.concat([content, Buffer.alloc(bytes - content.length)]);
}
