// The content of a blob that the durability test writes: it follows from the blob's name, so that a part of it,
// or another's, is told apart.

const chunksOfBlob = 3;
const chunkBytes = 20_000;

export async function* blobChunks(name: string): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < chunksOfBlob; n += 1) yield Buffer.alloc(chunkBytes, `${name}/${n} `);
}

export function blobContent(name: string): Buffer {
  return Buffer.concat(
    Array.from({ length: chunksOfBlob }, (_, n) => Buffer.alloc(chunkBytes, `${name}/${n} `)),
  );
}
