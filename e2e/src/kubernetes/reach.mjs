// Prints, as JSON, what came of each target that the arguments name: `host:port` is connected to, `name` is looked up.
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';

/** What is denied hangs, and a busy machine is slow. */
const timeout = 8_000;
const dns = new Resolver({ timeout, tries: 1 });

async function reach(target) {
  const [host, port] = target.split(':');
  return port === undefined ? lookUp(host) : connectTo(host, Number(port));
}

async function lookUp(name) {
  try {
    await dns.resolve4(name);
    return 'found';
  } catch (error) {
    return error.code;
  }
}

async function connectTo(host, port) {
  const { promise, resolve } = Promise.withResolvers();
  const socket = connect({ host, port, timeout });
  socket.on('connect', () => resolve('connected'));
  socket.on('timeout', () => resolve('silent'));
  socket.on('error', (error) => resolve(error.code));
  const answer = await promise;
  socket.destroy();
  return answer;
}

const targets = process.argv.slice(2);
const answers = await Promise.all(targets.map(reach));
console.log(JSON.stringify(Object.fromEntries(targets.map((target, n) => [target, answers[n]]))));
