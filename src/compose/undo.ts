/**
 * Takes a run back in the person's folder, as if the person did it by hand; the pass around it carries it over to the host. Both sides are
 * looked at directly before, and only what a person was shown is done, as far as it is still right.
 */
import type { Identity, NodeNumber, Stamp } from '../core/entry.ts';
import type { Removal } from '../core/guard.ts';
import { isWithin, ROOT } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import { planUndo } from '../core/undo.ts';
import type { Content, UndoAct, UndoPlan } from '../core/undo.ts';
import type { CycleContext, Wish } from '../cycle.ts';
import { SyncError } from '../errors.ts';
import type { Keeper } from '../local/own-folder.ts';
import type { HistoryLine, RunSummary } from '../ports.ts';
import { keptContents } from './kept-contents.ts';
import type { KeptContents } from './kept-contents.ts';

export interface UndoOptions {
  readonly run: number;
  /** Only what was or is here or below. */
  readonly within: RelPath;
}

export interface UndoPreview extends UndoPlan {
  /** `null`: there was no such run, or by what it could be taken back is not kept any more. */
  readonly run: RunSummary | null;
}

/** What became of one act. `null`: it is done. */
export interface UndoneAct {
  readonly act: UndoAct;
  readonly error: SyncError | null;
}

export interface Undone {
  readonly acts: readonly UndoneAct[];
  /** What stays as it is, with why. */
  readonly refused: UndoPlan['refused'];
}

/** What can be taken back, and how. Looks at both sides; the state is written to: give it a copy. */
export async function previewUndo(context: CycleContext, keeper: Keeper, options: UndoOptions): Promise<UndoPreview> {
  await Promise.all([context.observer.scan('everything'), context.observer.sweep()]);
  return planOf(context, keeper, options);
}

/** The same of what the state, a copy, shows already. */
export async function planOf(context: UndoWorld, keeper: Keeper, options: UndoOptions): Promise<UndoPreview> {
  const kept = keptContents(keeper, context.files, context.state, context.signal);
  const run = runOf(context, options.run);
  return { run, ...(run === null ? { acts: [], refused: [] } : await planFor(context, kept, options)) };
}

/** What is worked with in the person's folder. */
export type UndoWorld = Pick<CycleContext, 'state' | 'files' | 'clock' | 'signal'>;

function runOf({ state }: Pick<CycleContext, 'state'>, wanted: number): RunSummary | null {
  const [newest] = state.lastRuns(1);
  if (newest === undefined || wanted > newest.run) return null;
  return state.lastRuns(newest.run - wanted + 1).find(({ run }) => run === wanted) ?? null;
}

async function planFor(
  { state }: Pick<CycleContext, 'state'>,
  kept: KeptContents,
  { run, within }: UndoOptions,
): Promise<UndoPlan> {
  const lines = state.history({ run, kind: 'conflictCopy', limit: Number.MAX_SAFE_INTEGER });
  const input = {
    view: state.view,
    changes: state.changedBy(run),
    formerly: (entry: Parameters<typeof state.formerly>[0]) => state.formerly(entry, run),
    conflicts: new Set(lines.map(({ path }) => path)),
    within,
  };
  // What is wanted is found out by planning as if all were kept.
  const wanted = planUndo({ ...input, hasContent: () => true }).acts.flatMap((act) =>
    'content' in act ? [act.content] : [],
  );
  const there = new Set<string>();
  for (const content of wanted) if (await kept.has(content)) there.add(keyOf(content));
  return planUndo({ ...input, hasContent: (content) => there.has(keyOf(content)) });
}

function keyOf({ md5, size }: Content): string {
  return `${md5} ${size}`;
}

// ---------------------------------------------------------------------------------------------- doing it

/** What a pass does before it decides, and the removals on the host that follow from it. `shown`: what the person agreed to. */
export function undoWish(
  context: CycleContext,
  keeper: Keeper,
  options: UndoOptions & { readonly shown: readonly UndoAct[] },
): { readonly wish: Wish; readonly outcome: () => Undone } {
  const done: UndoneAct[] = [];
  let refused: UndoPlan['refused'] = [];
  const gone: RelPath[] = [];
  const begin = async (): Promise<void> => {
    const came = await undoHere(context, keeper, { ...options, beforeChanges: () => context.beforeChanges() });
    refused = came.refused;
    done.push(...came.acts);
    for (const { act, error } of came.acts)
      if (error === null && (act.kind === 'trash' || act.kind === 'removeFolder')) gone.push(act.path);
    if (came.acts.length > 0) await context.observer.scan('everything');
  };
  const agrees = ({ side, path }: Removal): boolean => side === 'remote' && gone.some((one) => isWithin(path, one));
  return { wish: { agrees, begin }, outcome: () => ({ acts: done, refused }) };
}

/** Does in the person's folder what was shown, as far as it is still right by what the state shows. */
export async function undoHere(
  context: UndoWorld,
  keeper: Keeper,
  options: UndoOptions & { readonly shown: readonly UndoAct[]; readonly beforeChanges: () => Promise<void> },
): Promise<Undone> {
  const kept = keptContents(keeper, context.files, context.state, context.signal);
  const { acts, refused } = await planFor(context, kept, options);
  const shown = new Set(options.shown.map(actKey));
  const wanted = acts.filter((act) => shown.has(actKey(act)));
  if (wanted.length > 0) await options.beforeChanges();
  const hand = new Hand(context, kept, options.run);
  const done: UndoneAct[] = [];
  for (const act of wanted) {
    if (context.signal.aborted) throw new SyncError('stopped');
    done.push({ act, error: await hand.carryOut(act) });
  }
  return { acts: done, refused };
}

function actKey(act: UndoAct): string {
  return [act.kind, act.path, act.kind === 'move' ? act.to : '', 'content' in act ? act.content.md5 : ''].join('\n');
}

class Hand {
  readonly #context: UndoWorld;
  readonly #kept: KeptContents;
  readonly #run: number;
  /** Of what this very hand moved. */
  readonly #seen = new Map<NodeNumber, { readonly stamp: Stamp; readonly identity: Identity }>();
  /** Where things stood that have stepped aside. */
  readonly #from = new Map<NodeNumber, RelPath>();

  constructor(context: UndoWorld, kept: KeptContents, run: number) {
    this.#context = context;
    this.#kept = kept;
    this.#run = run;
  }

  async carryOut(act: UndoAct): Promise<SyncError | null> {
    try {
      await this.#do(act);
      return null;
    } catch (error) {
      if (!(error instanceof SyncError) || error.disposition === 'halt') throw error;
      return error;
    }
  }

  async #do(act: UndoAct): Promise<void> {
    const { files } = this.#context;
    switch (act.kind) {
      case 'trash': {
        const { trashPath } = await files.trash(act.path, this.#seenOf(act).stamp, this.#why);
        this.#note('trash', act.path, { trash: trashPath });
        return;
      }
      case 'removeFolder':
        await files.removeFolder(act.path);
        this.#note('trash', act.path, { count: 1 });
        return;
      case 'move':
        await this.#move(act);
        return;
      case 'makeFolder':
        await files.createFolder(act.path);
        this.#note('createFolder', act.path, {});
        return;
      case 'restore':
        await this.#kept.putAt(act.path, act.content);
        this.#note('restore', act.path, { md5: act.content.md5, size: act.content.size });
        return;
      case 'replace':
        await this.#replace(act);
        return;
    }
  }

  async #move({ node, path, to, aside }: Extract<UndoAct, { kind: 'move' }>): Promise<void> {
    const { files, state } = this.#context;
    const kind = state.view.local(node)?.kind === 'folder' ? 'folder' : 'file';
    this.#seen.set(node, await files.move(path, to, { kind, ...this.#seenOf({ node, path }) }));
    if (aside) this.#from.set(node, path);
    else this.#note('move', to, { from: this.#from.get(node) ?? path, to });
  }

  async #replace({ node, path, content }: Extract<UndoAct, { kind: 'replace' }>): Promise<void> {
    const over = { stamp: this.#seenOf({ node, path }).stamp, why: this.#why };
    const { trashPath } = await this.#kept.putOver(path, content, over);
    this.#note('restore', path, { md5: content.md5, size: content.size, trash: trashPath });
  }

  #seenOf({ node, path }: { readonly node: NodeNumber; readonly path: RelPath }) {
    const seen = this.#seen.get(node) ?? this.#context.state.view.local(node);
    if (seen === null || path === ROOT) throw new SyncError('local/missing', { path });
    return { stamp: seen.stamp, identity: seen.identity };
  }

  get #why(): string {
    return `run ${this.#run} was taken back`;
  }

  #note(kind: HistoryLine['kind'], path: RelPath, facts: HistoryLine['facts']): void {
    const { state, clock } = this.#context;
    state.record({
      changes: [],
      history: { atMs: clock.now(), kind, side: 'local', path, reason: this.#why, facts },
    });
  }
}
