/** Lines that change in place, on a small terminal that is played here. */
import { describe, expect, it } from 'vitest';
import { cutFrontTo, cutTo, LiveLines, widthOf } from '../../src/cli/live-lines.ts';
import { frameLines } from '../../src/cli/progress-lines.ts';
import { Progress } from '../../src/cli/progress.ts';
import { makeStyle } from '../../src/cli/shell.ts';
import { uploadOf } from './operations.ts';

/** Knows line ends, the cursor's way up, the clearing of a line, and how a narrower terminal breaks long lines. */
class Terminal {
  columns: number;
  rows = 24;
  lines: string[] = [''];

  constructor(columns: number) {
    this.columns = columns;
  }

  write(text: string): void {
    // eslint-disable-next-line no-control-regex -- the terminal's own language
    for (const part of text.match(/\u001b\[\d*[AK]|\n|\r|[^\u001b\n\r]+/g) ?? []) {
      if (part === '\n') this.lines.push('');
      else if (part.endsWith('A') && part.startsWith('\u001b')) this.lines.pop();
      else if (part.endsWith('K') && part.startsWith('\u001b')) this.lines[this.lines.length - 1] = '';
      else if (part !== '\r') this.lines.push(`${this.lines.pop() ?? ''}${part}`);
    }
  }

  narrow(columns: number): void {
    this.columns = columns;
    this.lines = this.lines.flatMap((line) =>
      line === '' ? [''] : (line.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? []),
    );
  }
}

describe('lines that change', () => {
  it('take the place of those before, fewer or more, and leave what stands above', () => {
    const terminal = new Terminal(80);
    const live = new LiveLines(terminal);
    terminal.write('before\n');
    live.draw(['one', 'two', 'three']);
    expect(terminal.lines).toEqual(['before', 'one', 'two', 'three', '']);
    live.draw(['four']);
    expect(terminal.lines).toEqual(['before', 'four', '']);
    live.clear();
    terminal.write('after\n');
    live.draw(['five']);
    live.clear();
    live.clear();
    expect(terminal.lines).toEqual(['before', 'after', '']);
  });

  it('are never wider than the terminal, and go whole also when it became narrower', () => {
    const terminal = new Terminal(40);
    const live = new LiveLines(terminal);
    terminal.write('before\n');
    live.draw(['x'.repeat(100), 'short']);
    expect(terminal.lines[1]).toBe(`${'x'.repeat(38)}…`);
    terminal.narrow(15);
    live.draw(['y'.repeat(100)]);
    expect(terminal.lines).toEqual(['before', `${'y'.repeat(13)}…`, '']);
  });

  it('wipe what was typed among them', () => {
    const terminal = new Terminal(40);
    const live = new LiveLines(terminal);
    live.draw(['one']);
    terminal.write('^C');
    live.clear();
    expect(terminal.lines).toEqual(['']);
  });

  it('count wide letters as two columns and colours as none', () => {
    expect(widthOf('写真')).toBe(4);
    expect(widthOf('\u001b[31mred\u001b[39m')).toBe(3);
    expect(cutTo('写真写真', 6)).toBe('写真…');
    expect(cutTo('fits', 4)).toBe('fits');
    expect(cutFrontTo('Photos/2019/beach.jpg', 10)).toBe('…beach.jpg');
    expect(cutFrontTo('写真写真', 5)).toBe('…写真');
  });
});

describe('a pass on a terminal', () => {
  const style = makeStyle(false);
  const options = { columns: 80, style, prefix: '', isStopping: false };

  it('shows where it stands, a bar for all and one for each file on its way', () => {
    const progress = new Progress(() => 0);
    const [one, other] = [uploadOf('Photos/beach.jpg', 4_000_000), uploadOf('notes.txt', 4_000_000)];
    progress.note({ kind: 'planned', round: 1, operations: [one, other], held: [] });
    progress.note({ kind: 'phase', phase: 'execute', round: 1 });
    progress.note({ kind: 'bytes', operation: one, bytes: 1_000_000 });
    const lines = frameLines(progress, options);
    expect(lines).toEqual([
      '0 of 2 steps, 1.0 MB of 8.0 MB',
      expect.stringMatching(/^\[█{7}░{53}\] {2}12 %$/),
      expect.stringMatching(/^ {2}↑ Photos\/beach\.jpg +\[█{5}░{15}\] {2}25 % of 4\.0 MB$/),
    ]);
    progress.note({ kind: 'bytes', operation: one, bytes: 3_000_000 });
    expect(frameLines(progress, options)).toHaveLength(2);
    progress.note({ kind: 'done', operation: one });
    progress.note({ kind: 'failed', operation: other, why: 'no' });
    expect(frameLines(progress, options)[1]).toMatch(/100 %$/);
  });

  it.each([30, 40, 59, 60, 80, 200])('fits %i columns', (columns) => {
    const progress = new Progress(() => 0);
    const many = Array.from({ length: 9 }, (_, at) =>
      uploadOf(`a long folder name/写真 ${'x'.repeat(at * 9)}.jpg`, 9e9, at),
    );
    progress.note({ kind: 'planned', round: 1, operations: many, held: [] });
    progress.note({ kind: 'phase', phase: 'execute', round: 1 });
    for (const operation of many) progress.note({ kind: 'bytes', operation, bytes: 123_456 });
    const lines = frameLines(progress, { ...options, columns, prefix: 'Cloud: ', isStopping: true });
    expect(lines.at(-1)).toBe('  … and 3 more files under way');
    for (const line of lines.slice(2)) expect(widthOf(line)).toBeLessThan(Math.max(columns, 31));
  });
});
