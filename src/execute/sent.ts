import type { Md5, RemoteId } from '../core/entry.ts';
import type { IntentNumber, UploadAnswer } from '../ports.ts';

/** What stands on the host after sending, and the intent that knows of it. */
export interface Sent {
  readonly answer: Pick<UploadAnswer, 'id' | 'name'>;
  readonly md5: Md5;
  readonly intent: IntentNumber;
  readonly isStaged: boolean;
  /** It was not sent but copied on the host, from this file. */
  readonly copyOf?: RemoteId;
}
