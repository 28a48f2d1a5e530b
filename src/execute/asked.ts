/**
 * What the host was asked about things that its listings do not explain: once for each thing that is seen, not once a pass. Passes that look
 * only here and there come by the thousand, and what is held back stays unexplained in all of them.
 */
import type { RemoteId } from '../core/entry.ts';

export class Asked {
  readonly #inPass = new Set<RemoteId>();
  readonly #before = new Map<RemoteId, string>();

  /** A pass begins. `sweeps`: it lists the whole host, and asks for everything again. */
  begin({ sweeps }: { readonly sweeps: boolean }): void {
    this.#inPass.clear();
    if (sweeps) this.#before.clear();
  }

  /** Whether `id` is to be asked for now; from then on it counts as asked. `seen`: what the question is about, as far as it may change. */
  isDue(id: RemoteId, seen = ''): boolean {
    if (this.#inPass.has(id) || this.#before.get(id) === seen) return false;
    this.#inPass.add(id);
    this.#before.set(id, seen);
    return true;
  }
}
