/** All the ways in which hosts spell one and the same thing. */
import { describe, expect, it } from 'vitest';
import { ACCOUNT_ROOT } from '../../src/core/entry.ts';
import type { RemoteId } from '../../src/core/entry.ts';
import { SyncError } from '../../src/errors.ts';
import {
  readCopy,
  readDownloadAddress,
  readFile,
  readFolder,
  readLimits,
  readListing,
  readToken,
  readUpload,
} from '../../src/remote/wire.ts';

const folder = 'd12' as RemoteId;
const list = (data: unknown, of: RemoteId = folder) => readListing({ _status: 'success', data }, of);
const fileRow = { id: '5', filename: 'a.txt', fileSize: '42', folderId: '12', status: 'active' };
const folderRow = { id: '3', folderName: 'sub', parentId: '12', isPublic: '0', totalSize: '9', date_updated: 'x' };
const code = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof SyncError) return error.message;
    throw error;
  }
  return 'no error';
};

describe('a listing', () => {
  it('gives folders and files as values', () => {
    expect(list({ folders: [folderRow], files: [fileRow] })).toEqual({
      folder,
      folders: [{ kind: 'folder', id: 'd3', parent: folder, name: 'sub', summary: 'x|9||', visibility: 'private' }],
      files: [{ kind: 'file', id: 'f5', parent: folder, name: 'a.txt', size: 42, status: 'active', shortUrl: null }],
      unclear: [],
      complete: true,
    });
  });

  it('S198: of 20,000 files is read in well under a second', () => {
    const files = Array.from({ length: 20_000 }, (_, at) => ({
      ...fileRow,
      id: String(at + 1),
      filename: `${at}.txt`,
    }));
    const before = performance.now();
    expect(list({ folders: [], files }).files.length).toBe(20_000);
    expect(performance.now() - before).toBeLessThan(5000); // a slow machine, and far from quadratic
  });

  it('is the same with numbers for strings and strings for numbers', () => {
    const numbers = { ...fileRow, id: 5, fileSize: 42, folderId: 12, status: null };
    expect(list({ folders: [], files: [numbers] })).toEqual(list({ folders: [], files: [fileRow] }));
    expect(list({ folders: [{ ...folderRow, id: 3, parentId: 12, isPublic: 0, totalSize: 9 }], files: [] })).toEqual(
      list({ folders: [folderRow], files: [] }),
    );
    expect(list({ files: [{ ...fileRow, filename: 2026 }] }).files[0]).toMatchObject({ name: '2026' });
    for (const shortUrl of ['1a2b', 'http://host/1a2b', ' http://www.host/1a2b/ '])
      expect(list({ files: [{ ...fileRow, shortUrl }] }).files[0]).toMatchObject({ shortUrl: '1a2b' });
    expect(list({ files: [{ ...fileRow, id: '12345678901234567890' }] }).files[0]).toMatchObject({
      id: 'f12345678901234567890',
    });
  });

  it.each([[[]], [null], [false], [undefined]])('takes %j for a list without members', (none) => {
    expect(list({ folders: none, files: [fileRow] })).toMatchObject({ folders: [], complete: true });
    expect(list({ folders: none, files: none })).toMatchObject({ folders: [], files: [], complete: true });
  });

  it('takes a list that came as an object for its members', () => {
    expect(list({ folders: [], files: { 1: fileRow, 4: { ...fileRow, id: 6 } } }).files).toHaveLength(2);
  });

  it.each([[null], [''], ['0'], [0], ['-1'], [-1], [undefined]])(
    'of the root has children whose parent is %j',
    (parent) => {
      const root = list(
        { folders: [{ ...folderRow, parentId: parent }], files: [{ ...fileRow, folderId: parent }] },
        ACCOUNT_ROOT,
      );
      expect(root.folders[0]).toMatchObject({ parent: ACCOUNT_ROOT });
      expect(root.files[0]).toMatchObject({ parent: ACCOUNT_ROOT });
    },
  );

  it.each([[null], [false], [undefined], [''], [[1]], [{ message: 'x' }], ['folders']])(
    'whose data is %j is no listing',
    (data) => {
      expect(code(() => list(data))).toMatch('folder/listing: data holds neither folders nor files');
    },
  );

  it.each([[{}], [[]]])('whose data is %j shows nothing and proves nothing gone', (data) => {
    expect(list(data)).toMatchObject({ folders: [], files: [], complete: false });
  });

  it('whose list is a text is no listing', () => {
    expect(code(() => list({ folders: 'none', files: [] }))).toMatch('data.folders is no list');
  });

  it('of another folder is none, and the error names the row', () => {
    expect(code(() => list({ folders: [], files: [fileRow, { ...fileRow, id: 6, folderId: '99' }] }))).toMatch(
      'data.files[1] is in another folder',
    );
    expect(code(() => list({ folders: [{ ...folderRow, parentId: '0' }], files: [] }))).toMatch('data.folders[0]');
    expect(code(() => list({ files: [fileRow] }, ACCOUNT_ROOT))).toMatch('data.files[0]');
  });

  it.each([[-1], ['-1'], [''], [null], [undefined], ['1.5'], [1.5], ['lots'], [1e300], [true]])(
    'with a file of size %j shows it as unclear and the others as they are',
    (fileSize) => {
      expect(list({ files: [{ ...fileRow, id: 8, fileSize }, fileRow] })).toMatchObject({
        files: [{ id: 'f5' }],
        unclear: ['f8'],
        complete: true,
      });
    },
  );

  it.each([[''], [null], [undefined], [{}], [true]])('with an item named %j shows it as unclear', (name) => {
    expect(
      list({ folders: [{ ...folderRow, folderName: name }], files: [{ ...fileRow, filename: name }] }),
    ).toMatchObject({
      folders: [],
      files: [],
      unclear: ['d3', 'f5'],
      complete: true,
    });
  });

  it.each([[''], [null], [undefined], [0], ['0'], ['-3'], ['x'], [1.5], [2 ** 53], [{}]])(
    'with an item whose id is %j is incomplete',
    (id) => {
      expect(
        list({
          files: [
            { ...fileRow, id },
            { ...fileRow, id: 6 },
          ],
        }),
      ).toMatchObject({
        files: [{ id: 'f6' }],
        complete: false,
      });
    },
  );

  it('with an item that is no object is incomplete', () => {
    expect(list({ files: [null, 'x', fileRow] })).toMatchObject({ files: [{ id: 'f5' }], complete: false });
  });

  it('leaves out files that are in the trash and says an id once', () => {
    const rows = [
      fileRow,
      fileRow,
      { ...fileRow, id: 6, status: 'trash' },
      { ...fileRow, id: 7, file_status: 'Deleted', status: null },
    ];
    expect(list({ files: rows }).files.map(({ id }) => id)).toEqual(['f5']);
  });

  it('keeps hostile names as they are, for others to refuse', () => {
    for (const filename of ['..', '../../x', 'a\0b', 'a/b', ' ', 'x'.repeat(5_000)]) {
      expect(list({ files: [{ ...fileRow, filename }] }).files[0]).toMatchObject({ name: filename });
    }
  });

  it('of 100,000 files is read in well under a second', () => {
    const files = Array.from({ length: 100_000 }, (_, index) => ({ ...fileRow, id: String(index + 1) }));
    const began = performance.now();
    expect(list({ folders: [], files }).files).toHaveLength(100_000);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('the answer about one item', () => {
  it('of a folder says where it stands, however the root is spelled', () => {
    expect(readFolder({ data: { ...folderRow, isPublic: 2 } }, 'folder/info')).toMatchObject({
      parent: folder,
      visibility: 'public',
    });
    for (const parentId of [null, '', '0', 0, '-1', -1]) {
      expect(readFolder({ data: { ...folderRow, parentId } }, 'folder/info')).toMatchObject({ parent: ACCOUNT_ROOT });
    }
    expect(readFolder({ data: { ...folderRow, isPublic: null } }, 'folder/edit')).toMatchObject({
      visibility: 'unknown',
    });
  });

  it('of a file says whether it is in the trash, under either name of the field', () => {
    expect(readFile({ data: fileRow }, 'file/info')).toMatchObject({ status: 'active', parent: folder });
    expect(readFile({ data: { ...fileRow, folderId: null } }, 'file/info')).toMatchObject({ parent: ACCOUNT_ROOT });
    expect(readFile({ data: { ...fileRow, status: 'trash', folderId: null } }, 'file/info')).toMatchObject({
      status: 'trash',
      parent: null,
    });
    expect(readFile({ data: { ...fileRow, status: undefined, file_status: 'trash' } }, 'file/info')).toMatchObject({
      status: 'trash',
      parent: folder,
    });
  });

  it('names the field that is wrong', () => {
    expect(code(() => readFile({ data: { ...fileRow, fileSize: -1 } }, 'file/info'))).toMatch(
      'file/info: data.fileSize',
    );
    expect(code(() => readFolder({ data: { ...folderRow, folderName: '' } }, 'folder/edit'))).toMatch(
      'folder/edit: data.folderName',
    );
    expect(code(() => readFolder({ data: null }, 'folder/create'))).toMatch('folder/create: data is missing');
    expect(code(() => readToken({ data: { account_id: 7 } }))).toMatch('authorize: data.access_token');
    expect(code(() => readDownloadAddress({ data: {} }))).toMatch('file/download: data.download_url');
  });

  it('of a copy is the new file, with or without a wrapping', () => {
    const copy = { ...fileRow, id: 9 };
    expect(readCopy({ original_file: { data: fileRow }, new_file: { data: copy } })).toMatchObject({ id: 'f9' });
    expect(readCopy({ data: { original_file: fileRow, new_file: copy } })).toMatchObject({ id: 'f9' });
  });
});

describe('the answer to an upload', () => {
  const sent = { name: 'a (2).txt', size: '42', error: null, file_id: '77', hash: 'D41D8CD98F00B204E9800998ECF8427E' };

  it('says what was stored', () => {
    expect(readUpload({ data: [sent] })).toEqual({
      id: 'f77',
      name: 'a (2).txt',
      size: 42,
      md5: 'd41d8cd98f00b204e9800998ecf8427e',
    });
    expect(readUpload({ data: [{ ...sent, size: 42, hash: '', file_id: 77 }] })).toMatchObject({ size: 42, md5: null });
    expect(readUpload({ data: [{ ...sent, size: null, hash: 'nonsense' }] })).toMatchObject({ size: null, md5: null });
  });

  it('needs to say no more than the name and the id', () => {
    expect(readUpload({ data: [{ name: 'a', file_id: 5 }] })).toEqual({ id: 'f5', name: 'a', size: null, md5: null });
  });

  it('can be a refusal that says success', () => {
    expect(readUpload({ data: [{ ...sent, error: 'Filesize received was zero.' }] })).toEqual({
      refused: 'Filesize received was zero.',
    });
    expect(readUpload({ data: [{ error: { code: 1 } }] })).toEqual({ refused: 'without a reason' });
  });

  it('without an id is no answer', () => {
    expect(code(() => readUpload({ data: [{ ...sent, file_id: null }] }))).toMatch('data.0.file_id');
    expect(code(() => readUpload({ data: [] }))).toMatch('data is missing');
    expect(code(() => readUpload({ data: [{ ...sent, name: null }] }))).toMatch('data.0.name');
  });
});

it('an account that has no limits says 0, and so does one whose package leaves them out', () => {
  const none = {
    canUpload: true,
    maxUploadSize: null,
    maxDownloadSize: null,
    maxStorage: null,
    parallelUploads: null,
    parallelDownloads: null,
    downloadsPerDay: null,
    downloadBytesPerDay: null,
    waitBetweenDownloadsMs: 0,
  };
  const zeros = Object.fromEntries(
    [
      'max_upload_size',
      'max_download_filesize_allowed',
      'max_storage_bytes',
      'concurrent_uploads',
      'concurrent_downloads',
      'downloads_per_24_hours',
      'download_size_per_24_hours',
      'wait_between_downloads',
    ].map((field) => [field, '0']),
  );
  expect(readLimits({ data: { ...zeros, can_upload: '1' } })).toEqual(none);
  expect(readLimits({ data: {} })).toEqual(none);
  expect(
    readLimits({
      data: { can_upload: '0', max_upload_size: '5368709120', wait_between_downloads: 30, concurrent_uploads: 2 },
    }),
  ).toMatchObject({
    canUpload: false,
    maxUploadSize: 5_368_709_120,
    waitBetweenDownloadsMs: 30_000,
    parallelUploads: 2,
  });
});
