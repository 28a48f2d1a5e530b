import { describe, expect, it } from 'vitest';
import type { HostCall } from '../../src/host/dispatch.ts';
import { at, home } from './program.ts';

describe('a hook', () => {
  it('that drops a call before it acts leaves nothing done', async () => {
    let drops = false;
    const { host, program, keys } = await home(
      ['documented'],
      {},
      { onCall: { before: (call) => (drops && call.endpoint === 'file/upload' ? 'drop' : undefined) } },
    );
    drops = true;
    await expect(program.upload('a', 'x'.repeat(100_000))).rejects.toMatchObject({ code: 'remote/unreachable' });
    expect(host.admin.tree(keys.accountId)).toEqual([]);
    host.admin.checkTree();
  });

  it('that drops the answer leaves it done', async () => {
    const seen: HostCall[] = [];
    const { host, program, keys } = await home(
      ['documented'],
      {},
      {
        onCall: {
          after: (call) => {
            seen.push(call);
            return call.endpoint === 'folder/create' ? 'drop' : undefined;
          },
        },
      },
    );
    await expect(program.folder('there')).rejects.toMatchObject({ code: 'remote/unreachable' });
    expect(host.admin.tree(keys.accountId)).toMatchObject([
      { kind: 'folder', name: 'there', parentId: null, status: 'active' },
    ]);
    expect(seen.at(-1)).toMatchObject({
      endpoint: 'folder/create',
      accountId: keys.accountId,
      fields: { folder_name: 'there' },
    });
  });

  it('may answer in the place of the endpoint', async () => {
    const { program } = await home(
      ['documented'],
      {},
      {
        onCall: {
          before: (call) =>
            call.endpoint === 'account/info' ? { status: 503, headers: {}, body: '<h1>Busy</h1>' } : undefined,
        },
      },
    );
    expect(await program.call('account/info')).toMatchObject({ status: 503, text: '<h1>Busy</h1>' });
  });

  it('may cut a download short', async () => {
    const { program } = await home(
      ['documented'],
      {},
      {
        onCall: {
          after: (call, answer) => {
            if (call.endpoint !== 'download' || typeof answer.body === 'string') return undefined;
            const { body } = answer;
            return {
              ...answer,
              body: (async function* () {
                for await (const chunk of body) yield chunk.subarray(0, 2);
              })(),
            };
          },
        },
      },
    );
    const address = await program.address(await program.put('a', 'hello'));
    await expect(program.get(address)).rejects.toMatchObject({ code: 'remote/unreachable' });
  });
});

describe('the book of calls', () => {
  it('counts each endpoint and keeps a log without secrets', async () => {
    const { host, program } = await home(['documented'], {}, { keepCallLog: true });
    const id = await program.put('a.txt', 'x');
    await program.call('file/info', { file_id: '77' });
    await program.get(await program.address(id));
    expect(host.admin.callCounts()).toEqual({
      authorize: 1,
      'file/upload': 1,
      'file/info': 1,
      'file/download': 1,
      download: 1,
    });
    expect(host.admin.callLog().map(({ endpoint, outcome, fileId }) => [endpoint, outcome, fileId])).toEqual([
      ['authorize', 'success', undefined],
      ['file/upload', 'success', Number(id)],
      ['file/info', 'error', 77],
      ['file/download', 'success', Number(id)],
      ['download', 'success', Number(id)],
    ]);
    expect(JSON.stringify(host.admin.callLog())).not.toContain(program.token);
    host.admin.resetCallCounts();
    expect(host.admin.callCounts()).toEqual({});
  });
});

it('a check after each call tells of the call that broke the tree', async () => {
  const { program } = await home(['servers'], {}, { checkAfterEachCall: true });
  const outer = await program.folder('outer');
  const inner = await program.folder('inner', outer);
  await expect(program.call('folder/move', { folder_id: outer, new_parent_folder_id: inner })).rejects.toMatchObject({
    code: 'bug',
  });
});

it('servers spell statuses and ids differently from endpoint to endpoint', async () => {
  const { program } = await home(['servers']);
  const folder = await program.folder('f');
  const answers = [
    await program.call('file/info', { file_id: '1' }),
    await program.call('folder/info', { folder_id: '999' }),
    await program.call('file/edit', { file_id: '1' }),
    await program.call('file/delete', { file_id: '1' }),
  ];
  expect(answers.every((answer) => !answer.isSuccess)).toBe(true);
  expect(new Set(answers.map((answer) => (at(answer.json, 'status') === undefined ? '_status' : 'status'))).size).toBe(
    2,
  );
  const file = await program.put('a', 'x', folder);
  expect(at((await program.call('file/info', { file_id: file })).json, 'data', 'file_status')).toBe('active');
});
