// Reads compound files ([MS-CFB]): a little file system of 512- or 4096-byte sectors in chains, in which
// Office 97-2003 documents and encrypted OOXML documents live. Only the top level of its directory and the
// first bytes of streams are wanted here.
//
// Chains of a damaged or hostile file may be endless or lead outside: every walk is bounded, and a sector
// that is not there is an error.
import type { FileHandle } from 'node:fs/promises';

export interface CompoundStream {
  readonly name: string;
  readonly start: number;
  readonly bytes: number;
}

export interface CompoundFile {
  /** What lies at the top level; storages (folders) have 0 bytes. */
  readonly streams: ReadonlyMap<string, CompoundStream>;
  /** The first `bytesMax` bytes of a stream, fewer when it is shorter. */
  read(stream: CompoundStream, bytesMax: number): Promise<Buffer>;
}

interface Entry extends CompoundStream {
  readonly left: number;
  readonly right: number;
  readonly child: number;
}

const endOfChain = 0xffff_fffe;
const noStream = 0xffff_ffff;
const miniSectorBytes = 64;
const entryBytes = 128;
/** A directory of 16,000 entries, or the short streams of 16 MiB. */
const tableBytesMax = 2 * 1024 * 1024;
const hopsMax = 100_000;

/** Throws when the file is damaged. */
export async function readCompoundFile(file: FileHandle): Promise<CompoundFile> {
  const header = await readExactly(file, 0, 512);
  const sectorBytes = 1 << header.readUInt16LE(0x1e);
  if (sectorBytes !== 512 && sectorBytes !== 4096) throw new Error('a compound file with odd sectors');
  const shortStreamBytes = header.readUInt32LE(0x38);
  const nextSector = allocationTable(file, header, sectorBytes);

  const readChain = async (start: number, bytesMax: number): Promise<Buffer> => {
    const sectors: Buffer[] = [];
    for (let sector = start; sector < endOfChain && sectors.length * sectorBytes < bytesMax;) {
      sectors.push(await readSector(file, sector, sectorBytes));
      sector = await nextSector(sector);
    }
    return Buffer.concat(sectors).subarray(0, bytesMax);
  };

  const directory = await readChain(header.readUInt32LE(0x30), tableBytesMax);
  const root = parseEntry(directory, 0);
  if (root === undefined) throw new Error('a compound file without a root');

  const readShort = async ({ start, bytes }: CompoundStream, bytesMax: number): Promise<Buffer> => {
    const table = await readChain(header.readUInt32LE(0x3c), tableBytesMax);
    const container = await readChain(root.start, tableBytesMax * 8);
    const wanted = Math.min(bytes, bytesMax);
    const pieces: Buffer[] = [];
    for (
      let sector = start;
      pieces.length * miniSectorBytes < wanted;
      sector = table.readUInt32LE(sector * 4)
    ) {
      const piece = container.subarray(sector * miniSectorBytes, (sector + 1) * miniSectorBytes);
      if (piece.length === 0) throw new Error('a short stream that leads outside its container');
      pieces.push(piece);
    }
    return Buffer.concat(pieces).subarray(0, wanted);
  };

  return {
    streams: listTopLevel(directory, root),
    read: (stream, bytesMax) =>
      stream.bytes < shortStreamBytes
        ? readShort(stream, bytesMax)
        : readChain(stream.start, Math.min(stream.bytes, bytesMax)),
  };
}

/** Which sector follows which. The table's own sectors are listed in the header and, past 109, in a chain. */
function allocationTable(
  file: FileHandle,
  header: Buffer,
  sectorBytes: number,
): (sector: number) => Promise<number> {
  const perSector = sectorBytes / 4;
  const loaded = new Map<number, Buffer>();
  let hops = 0;

  const locate = async (index: number): Promise<number> => {
    if (index < 109) return header.readUInt32LE(0x4c + index * 4);
    let list = header.readUInt32LE(0x44);
    for (let skip = Math.floor((index - 109) / (perSector - 1)); ; skip -= 1) {
      const sector = await readSector(file, list, sectorBytes);
      if (skip === 0) return sector.readUInt32LE(((index - 109) % (perSector - 1)) * 4);
      list = sector.readUInt32LE(sectorBytes - 4);
      hops += 1;
      if (hops > hopsMax) throw new Error('a chain without an end');
    }
  };

  return async (sector) => {
    hops += 1;
    if (hops > hopsMax) throw new Error('a chain without an end');
    const index = Math.floor(sector / perSector);
    const table = loaded.get(index) ?? (await readSector(file, await locate(index), sectorBytes));
    if (loaded.size < 256) loaded.set(index, table);
    return table.readUInt32LE((sector % perSector) * 4);
  };
}

/** The directory is a tree of siblings under each storage. */
function listTopLevel(directory: Buffer, root: Entry): Map<string, CompoundStream> {
  const streams = new Map<string, CompoundStream>();
  const seen = new Set<number>([noStream]);
  const ahead = [root.child];
  for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const entry = parseEntry(directory, id);
    if (entry === undefined) continue;
    streams.set(entry.name, entry);
    ahead.push(entry.left, entry.right);
  }
  return streams;
}

function parseEntry(directory: Buffer, id: number): Entry | undefined {
  const entry = directory.subarray(id * entryBytes, (id + 1) * entryBytes);
  if (entry.length < entryBytes) return undefined;
  const nameBytes = Math.max(0, Math.min(64, entry.readUInt16LE(0x40)) - 2);
  return {
    name: entry.subarray(0, nameBytes).toString('utf16le'),
    left: entry.readUInt32LE(0x44),
    right: entry.readUInt32LE(0x48),
    child: entry.readUInt32LE(0x4c),
    start: entry.readUInt32LE(0x74),
    bytes: entry.readUInt32LE(0x78),
  };
}

async function readSector(file: FileHandle, sector: number, sectorBytes: number): Promise<Buffer> {
  // The header takes the place of one sector.
  return await readExactly(file, (sector + 1) * sectorBytes, sectorBytes);
}

/** The last sector of a file may be cut short by careless writers: what is missing reads as zeros. */
async function readExactly(file: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, position);
  if (bytesRead === 0) throw new Error('a compound file that leads outside itself');
  return buffer;
}
