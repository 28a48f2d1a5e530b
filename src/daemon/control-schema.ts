/** What commands and the daemon say to each other over its socket: one question, one answer, each a line of JSON. */
import * as z from 'zod';

const phase = z.enum(['starting', 'looking', 'working', 'idle', 'paused', 'waiting', 'halted', 'stopped']);
const problem = z.object({ path: z.string(), code: z.string(), detail: z.string().nullable() });
const counts = z.record(z.string(), z.number());
const time = z.number().nullable();

const requestSchema = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('status') }),
  /** `pair`: its name or its local folder; all of them if left out. */
  z.strictObject({ command: z.literal('pause'), pair: z.string().optional() }),
  z.strictObject({ command: z.literal('resume'), pair: z.string().optional() }),
  z.strictObject({ command: z.literal('now'), pair: z.string().optional() }),
  /** The token of the daemon's session. `ended`: the one lent before, which is not good any more. */
  z.strictObject({ command: z.literal('lend'), ended: z.string().nullable() }),
  z.strictObject({
    command: z.literal('held'),
    verdict: z.enum(['approve', 'reject']),
    within: z.string().optional(),
  }),
]);

const pairSchema = z.object({
  name: z.string(),
  local: z.string(),
  remote: z.string(),
  phase,
  error: z.object({ code: z.string(), message: z.string(), sinceMs: z.number() }).nullable(),
  nextMs: time,
  work: z.object({
    operations: z.number(),
    done: z.number(),
    underWay: z.array(z.object({ kind: z.string(), path: z.string(), bytes: z.number(), size: z.number() })).readonly(),
  }),
  exit: z.number().nullable(),
  problems: z.array(problem).readonly(),
  waiting: z.number(),
  held: z.number(),
  totals: z.object({
    passes: z.number(),
    operations: counts,
    bytesUp: z.number(),
    bytesDown: z.number(),
    failures: counts,
  }),
  oldestViewMs: time,
  remoteFolders: time,
  sweepPeriodMs: time,
  watched: z.number(),
  watchTrouble: z.string().nullable(),
  facts: z
    .object({
      entries: z.number(),
      lastSuccessMs: time,
      lastSweepMs: time,
      held: z.number(),
      problems: z.array(problem).readonly(),
      nextTryMs: time,
    })
    .nullable(),
});

const statusSchema = z.object({
  pid: z.number(),
  startedMs: z.number(),
  /** Calls of the host's API since the daemon began. */
  calls: z.number(),
  pairs: z.array(pairSchema).readonly(),
});

/** Pairs that the command was about, by name. */
const namesSchema = z.object({ pairs: z.array(z.string()).readonly() });

const heldSchema = z.object({
  decided: z
    .array(
      z.object({
        local: z.string(),
        removals: z
          .array(
            z.object({
              side: z.enum(['local', 'remote']),
              path: z.string(),
              kind: z.enum(['file', 'folder']),
              sinceMs: z.number(),
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
});

const tokenSchema = z.object({ accessToken: z.string(), accountId: z.string() });

export type ControlRequest = z.infer<typeof requestSchema>;
export type DaemonStatus = z.infer<typeof statusSchema>;
export type PairStatusLine = z.infer<typeof pairSchema>;
export type NamedPairs = z.infer<typeof namesSchema>;
export type DecidedHeld = z.infer<typeof heldSchema>;
export type LentToken = z.infer<typeof tokenSchema>;

/** `null`: nothing that this daemon understands. */
export function readRequest(value: unknown): ControlRequest | null {
  const read = requestSchema.safeParse(value);
  return read.success ? read.data : null;
}

/** Throw where the answer is that of another version. */
export const readStatusAnswer = (value: unknown): DaemonStatus => statusSchema.parse(value);
export const readNamesAnswer = (value: unknown): NamedPairs => namesSchema.parse(value);
export const readHeldAnswer = (value: unknown): DecidedHeld => heldSchema.parse(value);
export const readTokenAnswer = (value: unknown): LentToken => tokenSchema.parse(value);
