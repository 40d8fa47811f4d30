import { readFileSync } from 'node:fs';

// Preloaded by `--import` into a program whose wall clock is to jump: adds as many ms as the file that CHAOS_CLOCK_FILE names
// says. Timers run on, as they do when an operator or a time service sets a machine's clock.
const file = process.env['CHAOS_CLOCK_FILE'] ?? '';
const now = Date.now;
let offsetMs = 0;

function read() {
  try {
    offsetMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    offsetMs = 0;
  }
}

setInterval(read, 200).unref();
read();
Date.now = () => now() + offsetMs;
