/**
 * The host's "no" to one call: thrown by an endpoint, turned into an answer in one place. Whatever the call had begun
 * to change is undone.
 */
export type RefusalForm = 'error' | 'page' | 'upload' | 'flat' | 'result';

export interface RefusalOptions {
  /** HTTP status; most refusals of this API come with 200. */
  readonly status?: number;
  /**
   * `error`: the API's error document. `page`: an HTML error page, as PHP gives when it falls over.
   * `upload`: inside a success, as `data[0].error`. `flat`: `{"success": false, "message": …}`. `result`:
   * `{"message": …, "result": false}`.
   */
  readonly form?: RefusalForm;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Refusal extends Error {
  readonly status: number;
  readonly form: RefusalForm;
  readonly headers: Readonly<Record<string, string>>;

  constructor(message: string, options: RefusalOptions = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = options.status ?? 200;
    this.form = options.form ?? 'error';
    this.headers = options.headers ?? {};
  }
}
