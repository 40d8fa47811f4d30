import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { isIP, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';

/** A TLS server before one that has none, under an authority that nobody knows. */
export interface TlsProxy extends AsyncDisposable {
  readonly url: string;
  /** PEM file of its authority. */
  readonly caFile: string;
  /** A status in place of the one that the server answered; what was asked has been done all the same. */
  disguise: (request: IncomingMessage) => number | undefined;
  /** Connections end before TLS begins. */
  isClosed: boolean;
}

/**
 * Starts one on a free port; its certificate, for that host, is written into the folder. An address is reached by others
 * than this machine.
 */
export async function startTlsProxy(target: string, folder: string, host = 'localhost'): Promise<TlsProxy> {
  const [key, cert] = ['tls-key.pem', 'tls-cert.pem'].map((name) => join(folder, name)) as [string, string];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const isAddress = isIP(host) !== 0;
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=${isAddress ? 'IP' : 'DNS'}:${host}`];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });

  const options = { key: readFileSync(key), cert: readFileSync(cert) };
  const server = createServer(options, (request, response) => pass({ proxy, target }, request, response));
  server.on('connection', (socket: Socket) => {
    if (proxy.isClosed) socket.destroy();
  });
  server.listen(0, isAddress ? '0.0.0.0' : host);
  await once(server, 'listening');
  const proxy: TlsProxy = {
    url: `https://${host}:${(server.address() as AddressInfo).port}`,
    caFile: cert,
    disguise: () => undefined,
    isClosed: false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

function pass(
  { proxy, target }: { readonly proxy: TlsProxy; readonly target: string },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { method, headers, url = '/' } = request;
  const onward = ask(new URL(url, target), { method, headers }, (answer) => {
    const status = proxy.disguise(request) ?? answer.statusCode ?? 502;
    response.writeHead(status, answer.headers);
    pipeline(answer, response, () => undefined);
  });
  // What breaks on one side breaks on the other.
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  pipeline(request, onward, () => undefined);
}
