/** The calls about web addresses, which no pass needs: those of the host's items, and those that the host is to fetch. */
import { Buffer } from 'node:buffer';
import { ACCOUNT_ROOT, kindOfId } from '../core/entry.ts';
import type { RemoteId } from '../core/entry.ts';
import type { CallOptions } from '../ports.ts';
import type { JsonObject } from './answer.ts';
import type { Fields } from './form.ts';
import type { Endpoint } from './request.ts';
import { readAddress, readFetching, readScheduled } from './wire-addresses.ts';
import type { Fetching, ItemAddress } from './wire-addresses.ts';

/** All reject as the calls of `Remote` do. */
export interface Addresses {
  /** Asks the host to fetch `url` into `folder`. Resolves to the number under which it can be asked for. */
  fetchUrl(url: string, folder: RemoteId, options?: CallOptions): Promise<string>;
  fetching(scheduled: string, options?: CallOptions): Promise<Fetching>;
  /** `null`: the host does not say one. */
  addressOf(id: RemoteId, options?: CallOptions): Promise<ItemAddress | null>;
}

type Call = (
  options: CallOptions,
  wanted: { readonly endpoint: Endpoint; readonly fields: Fields },
) => Promise<JsonObject>;

export function makeAddresses(call: Call): Addresses {
  return {
    fetchUrl: async (url, folder, given = {}) => {
      const encoded = Buffer.from(url, 'utf8').toString('base64');
      const fields = { file_url_base64: encoded, folder_id: folder === ACCOUNT_ROOT ? '' : folder.slice(1) };
      return readScheduled(await call(given, { endpoint: 'file/url_upload_add', fields }));
    },
    fetching: async (scheduled, given = {}) =>
      readFetching(await call(given, { endpoint: 'file/url_upload_status', fields: { scheduled_item_id: scheduled } })),
    addressOf: async (id, given = {}) => {
      const number = id.slice(1);
      if (kindOfId(id) === 'file')
        return readAddress(await call(given, { endpoint: 'file/info', fields: { file_id: number } }), 'file/info');
      const fields = { parent_folder_id: number, folder_id: number };
      return readAddress(await call(given, { endpoint: 'folder/info', fields }), 'folder/info');
    },
  };
}
