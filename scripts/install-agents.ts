import { install } from './agents/installation.ts';
import { findPlace, isComplete } from './agents/place.ts';

// Installs the coding agents that the drivers are tested with; `--where` only tells where they are or will be.
const place = findPlace(process.env);
if (!process.argv.includes('--where')) {
  if (isComplete(place)) console.log('The agents are installed already, in');
  else await install(place, process.env);
}
console.log(place.bin);
