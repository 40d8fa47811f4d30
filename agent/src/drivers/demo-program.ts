import { existsSync, readFileSync, writeFileSync } from 'node:fs';

// The program behind the driver `demo`. It runs in the tree as any coding agent would, and knows the task file alone.
const taskFile = process.argv[2] ?? 'task.json';
const task = JSON.parse(readFileSync(taskFile, 'utf8')) as { title: string; description: string };

const notesFile = 'NOTES.md';
const notes = existsSync(notesFile) ? readFileSync(notesFile, 'utf8') : '# Notes\n';
const words = task.description.trim();
const section = words === task.title ? `\n- ${words}\n` : `\n## ${task.title}\n\n${words}\n`;

process.stdout.write(`Reading the task: ${task.title}\n`);
if (notes.includes(section)) {
  process.stdout.write(`${notesFile} has this note already; nothing to do.\n`);
} else {
  process.stdout.write(`${existsSync(notesFile) ? 'Extending' : 'Writing'} ${notesFile}\n`);
  writeFileSync(notesFile, `${notes.trimEnd()}\n${section}`);
  process.stdout.write('Done.\n');
}
