import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';

const decoders: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  br: brotliDecompressSync,
  deflate: inflateSync,
  gzip: gunzipSync,
  zstd: zstdDecompressSync,
};

/** Reads a request's whole body as text, decompressed. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const bytes = await buffer(request);
  const decode = decoders[request.headers['content-encoding'] ?? ''];
  return (decode === undefined ? bytes : decode(bytes)).toString('utf8');
}
