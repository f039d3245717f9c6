/*
 * quality_table.mjs - the markdown tables of quality.sh's JSON lines.
 *
 *   node tests/bench/quality_table.mjs FILE      with a row for each line; README.md explains the columns
 */
import fs from 'node:fs';

const TITLES = {
  loss: 'Loss', jitter: 'Jitter', mixed: 'Loss, jitter, order, steps', clock: 'Clocks', hour: 'An hour', fault: 'Bad input',
};
const number = (value, digits = 0) => (typeof value === 'number' ? value.toFixed(digits) : '-');

/** The server's statistics of A, who has joined last. */
function mediaOf({ people }) {
  const everybody = [...(people?.items ?? [])].sort((a, b) => a.joined_at.localeCompare(b.joined_at));
  return everybody.at(-1)?.media ?? {};
}

const COLUMNS = [
  ['buffer', ({ buffer }) => buffer],
  ['delay', ({ ear }) => number(ear.delay_ms)],
  ['p95', ({ ear }) => number(ear.delay_p95_ms)],
  ['last', ({ ear }) => number(ear.delay_last_ms)],
  ['heard %', ({ ear }) => number(ear.heard_percent, 2)],
  ['silence', ({ ear }) => number(ear.longest_silence_ms)],
  ['disturbed %', ({ ear }) => number(ear.disturbed_percent, 1)],
  ['SNR dB', ({ ear }) => number(ear.snr_db, 1)],
  ['STOI', ({ ear }) => number(ear.stoi, 3)],
  ['late', (line) => number(mediaOf(line).packets_late)],
  ['concealed ms', (line) => number(mediaOf(line).concealed_ms)],
  ['recovered ms', (line) => number(mediaOf(line).recovered_ms)],
  ['shortened/lengthened ms', (line) => `${number(mediaOf(line).shortened_ms)}/${number(mediaOf(line).lengthened_ms)}`],
];
const EXTRA = {
  clock: [['slope ms/min', ({ ear }) => number(ear.delay_slope_ms_per_min, 2)]],
  hour: [['first', ({ ear }) => number(ear.delay_first_ms)], ['slope ms/min', ({ ear }) => number(ear.delay_slope_ms_per_min, 3)]],
  mixed: [['min', ({ ear }) => number(ear.delay_min_ms)], ['max', ({ ear }) => number(ear.delay_max_ms)]],
  fault: [
    ['back within', ({ ear }) => (ear.resync_ms < 0 ? 'never' : number(ear.resync_ms))],
    ['delay before', ({ ear }) => number(ear.delay_first_ms)],
    ['after', ({ ear }) => number(ear.delay_after_ms)],
    ['C heard %', ({ ear }) => number(ear.third?.heard_percent, 2)],
    ['C silence', ({ ear }) => number(ear.third?.longest_silence_ms)],
    ['C STOI', ({ ear }) => number(ear.third?.stoi, 3)],
  ],
};
const FAULT_COLUMNS = ['buffer', 'last'];

function print(cells) {
  console.log(`| ${cells.join(' | ')} |`);
}

function printTable(group, lines) {
  const common = group === 'fault' ? COLUMNS.filter(([name]) => FAULT_COLUMNS.includes(name)) : COLUMNS;
  const columns = [...common, ...(EXTRA[group] ?? [])];
  console.log(`\n### ${TITLES[group] ?? group}\n`);
  print(['row', ...columns.map(([name]) => name)]);
  print(['---', ...columns.map(() => '---')]);
  const names = [...new Set(lines.map(({ row }) => row))];
  for (const name of names)
    for (const line of lines.filter(({ row }) => row === name))
      print(line.ear ? [name, ...columns.map(([, cell]) => cell(line))] : [name, line.buffer, 'did not run']);
  const late = lines.filter(({ ear }) => ear?.late_sends > 0 || ear?.heard_gaps > 0);
  if (!late.length) return;
  const which = late.map(({ row, buffer, ear }) => `${row} (${buffer}; ${ear.late_sends} late by up to ${ear.late_max_ms} ms, ${ear.heard_gaps} gaps)`);
  console.log(`\nDisturbed by the machine: ${which.join('; ')}`);
}

const lines = fs.readFileSync(process.argv[2], 'utf8').trim().split('\n').map((text) => JSON.parse(text));
for (const group of [...new Set(lines.map((line) => line.group))])
  printTable(group, lines.filter((line) => line.group === group));
