/** The `account/…` endpoints and `disable_access_token`. */
import type { Accounts } from './accounts.ts';
import type { Call, Reply } from './call.ts';
import { noLimits } from './limits.ts';

export class AccountCalls {
  readonly #accounts: Accounts;

  constructor(accounts: Accounts) {
    this.#accounts = accounts;
  }

  info({ account, look }: Call): Reply {
    const { username, createdAt, signedInAt, signedInFrom } = this.#accounts.info(account);
    return {
      data: {
        id: String(account.id),
        username,
        level_id: String(account.limits.id),
        email: '',
        lastlogindate: signedInAt === null ? null : look.formatDate(signedInAt),
        lastloginip: signedInFrom,
        status: 'active',
        title: '',
        firstname: '',
        lastname: '',
        languageId: '1',
        datecreated: look.formatDate(createdAt),
        lastPayment: null,
        paidExpiryDate: null,
        storageLimitOverride: null,
      },
    };
  }

  package({ account }: Call): Reply {
    const shown = Object.entries(account.limits).filter(([name]) => name in noLimits && name !== 'requestsPerSecond');
    return { data: Object.fromEntries(shown.map(([name, value]): [string, string] => [name, String(value)])) };
  }

  disableToken({ session }: Call): Reply {
    this.#accounts.end(session);
    return { response: 'Token has been disabled.' };
  }
}
