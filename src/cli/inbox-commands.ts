/** The definitions of what a person looks through and decides: conflicts, the trash, the history. */
import type { Command } from 'commander';
import { exampleOf, onlyAction, withWhere } from './command-parts.ts';
import type { Choose } from './command-parts.ts';
import type { ConflictWords } from './conflicts.ts';
import type { HistoryWords } from './history.ts';
import type { TrashWords } from './trash.ts';

export function addConflicts(program: Command, choose: Choose): void {
  const conflicts = program
    .command('conflicts')
    .description('files that were changed on both sides and are kept twice, until you decide')
    .addHelpText(
      'after',
      exampleOf(
        'yetisync conflicts',
        'yetisync conflicts diff notes.txt',
        'yetisync conflicts keep theirs notes.txt',
        'yetisync conflicts keep both --all',
      ),
    );
  withWhere(conflicts);
  onlyAction(conflicts, (_args, options: ConflictWords) =>
    choose(async (shell) => (await import('./conflicts.ts')).showConflicts(options, shell)),
  );
  const diff = conflicts
    .command('diff')
    .argument('<path>', 'the file, or its conflict copy')
    .description('how the two versions of a text differ: lines with - are theirs, with + mine')
    .addHelpText('after', exampleOf('yetisync conflicts diff notes.txt'));
  withWhere(diff);
  onlyAction(diff, ([path = ''], options: ConflictWords) =>
    choose(async (shell) => (await import('./conflicts.ts')).diffConflict(path, options, shell)),
  );
  const keep = conflicts
    .command('keep')
    .argument('<which>', 'mine: the conflict copy; theirs: the file under the plain name; both: as two ordinary files')
    .argument('[path...]', 'the file, or its conflict copy')
    .option('--all', 'every conflict there is')
    .description('decide: what is dropped goes to the trash, here at once and on the host with the next pass')
    .addHelpText('after', exampleOf('yetisync conflicts keep mine notes.txt', 'yetisync conflicts keep theirs --all'));
  withWhere(keep);
  onlyAction(keep, ([which = '', ...paths], options: ConflictWords) =>
    choose(async (shell) => (await import('./conflicts.ts')).keepConflicts(which, paths, options, shell)),
  );
}

export function addTrash(program: Command, choose: Choose): void {
  const trash = program
    .command('trash')
    .description('what yetisync removed or replaced here; nothing is removed outright')
    .option('--path <path>', 'only what was here or below')
    .option('--limit <n>', 'how many are listed')
    .addHelpText(
      'after',
      exampleOf('yetisync trash', 'yetisync trash restore Photos/2019', 'yetisync trash empty --older-than 7d'),
    );
  withWhere(trash);
  onlyAction(trash, (_args, options: TrashWords) =>
    choose(async (shell) => (await import('./trash.ts')).showTrash(options, shell)),
  );
  const restore = trash
    .command('restore')
    .argument('<path>', 'where it was; a folder brings back all that was below it')
    .option('--to <path>', 'restore the file here instead')
    .description('bring files back to where they were, in their last version; the next pass takes them to the host')
    .addHelpText(
      'after',
      exampleOf('yetisync trash restore notes.txt', 'yetisync trash restore notes.txt --to old-notes.txt'),
    );
  withWhere(restore);
  onlyAction(restore, ([path = ''], options: TrashWords) =>
    choose(async (shell) => (await import('./trash.ts')).restoreTrash(path, options, shell)),
  );
  const empty = trash
    .command('empty')
    .option('--older-than <duration>', 'only what has been there for longer, as 12h or 7d')
    .option('--yes', 'do not ask')
    .description('end for good what is in the trash here')
    .addHelpText('after', exampleOf('yetisync trash empty --older-than 7d --yes'));
  withWhere(empty);
  onlyAction(empty, (_args, options: TrashWords) =>
    choose(async (shell) => (await import('./trash.ts')).emptyAll(options, shell)),
  );
}

export function addHistory(program: Command, choose: Choose): void {
  const history = program
    .command('history')
    .description('what yetisync did, newest first, with the reason of each step')
    .option('--path <path>', 'only what is here or below')
    .option('--since <when>', 'a time ago, as 2h or 3d, or a day, as 2026-11-20')
    .option('--kind <kind>', 'upload, download, createFolder, move, conflictCopy, trash, mergeTwin or restore')
    .option('--run <n>', 'only this run')
    .option('--runs', 'list runs instead of steps')
    .option('--limit <n>', 'how many are listed (else 50)')
    .addHelpText(
      'after',
      exampleOf(
        'yetisync history --path Photos',
        'yetisync history --kind trash --since 7d',
        'yetisync history --runs',
      ),
    );
  withWhere(history);
  onlyAction(history, (_args, options: HistoryWords) =>
    choose(async (shell) => (await import('./history.ts')).showHistory(options, shell)),
  );
}
