import { describe, expect, it } from 'vitest';
import type { RemoteId } from '../../src/core/entry.ts';
import { Asked } from '../../src/execute/asked.ts';

const id = 'd7' as RemoteId;

describe('what listings do not explain', () => {
  it('is asked for once, however many passes look only here and there', () => {
    const asked = new Asked();
    asked.begin({ sweeps: true });
    expect(asked.isDue(id)).toBe(true);
    expect(asked.isDue(id)).toBe(false);
    asked.begin({ sweeps: false });
    expect(asked.isDue(id)).toBe(false);
  });

  it('is asked for again by a full sweep', () => {
    const asked = new Asked();
    expect(asked.isDue(id)).toBe(true);
    asked.begin({ sweeps: true });
    expect(asked.isDue(id)).toBe(true);
  });

  it('is asked for again where something else is seen of it, though never twice in a pass', () => {
    const asked = new Asked();
    expect(asked.isDue(id, 'one')).toBe(true);
    expect(asked.isDue(id, 'two')).toBe(false);
    asked.begin({ sweeps: false });
    expect(asked.isDue(id, 'two')).toBe(true);
  });
});
